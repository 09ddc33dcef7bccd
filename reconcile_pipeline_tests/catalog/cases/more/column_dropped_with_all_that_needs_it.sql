-- expect: column app.project.price dropped
-- A generated column, a check, a policy and a publication's row filter go with it.
DROP POLICY project_write ON app.project;
CREATE POLICY project_write ON app.project FOR UPDATE TO authenticated
    USING (client_id > 0) WITH CHECK (price > 0);
ALTER TABLE app.project DROP COLUMN price CASCADE;
