-- expect: view app.open_project altered: definition
CREATE OR REPLACE VIEW app.open_project AS
    SELECT p.id, p.title, c.name AS client FROM app.project p JOIN app.client c ON c.id = p.client_id
    WHERE p.status = 'draft';
