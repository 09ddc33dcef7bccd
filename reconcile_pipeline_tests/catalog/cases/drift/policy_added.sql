-- expect: policy app.project.project_all created
CREATE POLICY project_all ON app.project USING (true);
