-- expect: column app.project.client_id dropped
ALTER TABLE app.project DROP COLUMN client_id CASCADE;
