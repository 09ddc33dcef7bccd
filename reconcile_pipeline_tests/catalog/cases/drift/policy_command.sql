-- expect: policy app.project.project_read altered: command
DROP POLICY project_read ON app.project;
CREATE POLICY project_read ON app.project FOR DELETE TO authenticated USING (client_id > 0);
