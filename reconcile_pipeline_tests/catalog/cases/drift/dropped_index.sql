-- expect: index app.project_client_idx dropped
DROP INDEX app.project_client_idx;
