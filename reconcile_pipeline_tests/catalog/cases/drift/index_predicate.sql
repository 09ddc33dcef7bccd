-- expect: index app.project_open_idx altered: definition
DROP INDEX app.project_open_idx;
CREATE INDEX project_open_idx ON app.project (status) WHERE status = 'draft';
