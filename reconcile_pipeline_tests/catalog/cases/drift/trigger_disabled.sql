-- expect: trigger app.project.project_touch altered: enabled
ALTER TABLE app.project DISABLE TRIGGER project_touch;
