ALTER TABLE app.project ENABLE ROW LEVEL SECURITY;
CREATE OR REPLACE VIEW app.open_project AS
    SELECT p.id, p.title, c.name AS client FROM app.project p JOIN app.client c ON c.id = p.client_id
    WHERE p.status <> 'final';
DROP POLICY project_read ON app.project;
CREATE POLICY project_read ON app.project FOR SELECT TO authenticated USING (client_id > 0);
GRANT SELECT, INSERT ON app.project TO authenticated;
ALTER TABLE app.project DROP CONSTRAINT project_price_check;
ALTER TABLE app.project ADD CONSTRAINT project_price_check CHECK (price >= 0);
CREATE TABLE IF NOT EXISTS app.log (id integer, line text);
CREATE OR REPLACE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN NEW.updated_at := now(); RETURN NEW; END $$;
