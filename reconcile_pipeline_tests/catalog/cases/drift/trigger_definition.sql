-- expect: trigger app.project.project_touch altered: definition
CREATE OR REPLACE TRIGGER project_touch BEFORE INSERT OR UPDATE ON app.project
    FOR EACH ROW EXECUTE FUNCTION app.touch();
