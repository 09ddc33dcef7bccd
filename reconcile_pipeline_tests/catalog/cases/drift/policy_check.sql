-- expect: policy app.project.project_write altered: check
ALTER POLICY project_write ON app.project WITH CHECK (true);
