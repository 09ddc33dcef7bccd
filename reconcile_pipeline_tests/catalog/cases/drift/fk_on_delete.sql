-- expect: constraint app.project.project_client_fkey altered: definition
ALTER TABLE app.project DROP CONSTRAINT project_client_fkey;
ALTER TABLE app.project ADD CONSTRAINT project_client_fkey
    FOREIGN KEY (client_id) REFERENCES app.client (id) ON DELETE SET NULL;
