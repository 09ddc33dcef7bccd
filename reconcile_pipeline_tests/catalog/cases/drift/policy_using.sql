-- expect: policy app.project.project_read altered: using
ALTER POLICY project_read ON app.project USING (true);
