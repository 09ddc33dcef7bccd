-- expect: column app.project.id dropped
-- expect: constraint app.project.project_client_fkey dropped
-- The foreign key refers to another table's column of that name: it does not go with this one.
ALTER TABLE app.project DROP COLUMN id CASCADE;
ALTER TABLE app.project DROP CONSTRAINT project_client_fkey;
