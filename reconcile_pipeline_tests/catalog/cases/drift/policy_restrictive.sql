-- expect: policy app.project.project_read altered: permissive
DROP POLICY project_read ON app.project;
CREATE POLICY project_read ON app.project AS RESTRICTIVE FOR SELECT TO authenticated
    USING (client_id > 0);
