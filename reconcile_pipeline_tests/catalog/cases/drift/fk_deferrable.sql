-- expect: constraint app.project.project_client_fkey altered: definition deferrable
ALTER TABLE app.project ALTER CONSTRAINT project_client_fkey DEFERRABLE;
