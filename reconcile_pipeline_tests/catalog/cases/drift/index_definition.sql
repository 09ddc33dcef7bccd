-- expect: index app.project_client_idx altered: definition
DROP INDEX app.project_client_idx;
CREATE INDEX project_client_idx ON app.project (client_id, title);
