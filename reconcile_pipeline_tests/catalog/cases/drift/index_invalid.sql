-- expect: index app.project_client_idx altered: valid
-- As a CREATE INDEX CONCURRENTLY that was interrupted leaves it.
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'app.project_client_idx'::regclass;
