-- expect: policy app.project.project_read altered: roles
ALTER POLICY project_read ON app.project TO anon, authenticated;
