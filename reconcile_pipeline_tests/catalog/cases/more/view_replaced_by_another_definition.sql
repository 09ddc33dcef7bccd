-- expect: view app.open_project altered: definition
CREATE OR REPLACE VIEW app.open_project AS
    SELECT p.id, p.title, 'nobody'::text COLLATE "C" AS client FROM app.project p;
