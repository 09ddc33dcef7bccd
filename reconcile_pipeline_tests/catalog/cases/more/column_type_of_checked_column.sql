-- expect: column app.project.title altered: type
ALTER TABLE app.project ADD CONSTRAINT short CHECK (length(title) < 9);
ALTER TABLE app.project DROP CONSTRAINT short;
DROP VIEW app.open_project;
ALTER TABLE app.project ALTER COLUMN title TYPE varchar(200);
CREATE VIEW app.open_project AS
    SELECT p.id, p.title, c.name AS client FROM app.project p JOIN app.client c ON c.id = p.client_id
    WHERE p.status <> 'final';
