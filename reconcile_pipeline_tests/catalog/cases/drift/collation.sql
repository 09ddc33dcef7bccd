-- expect: column app.client.name altered: collation
DROP VIEW app.open_project;
ALTER TABLE app.client ALTER COLUMN name TYPE text COLLATE "POSIX";
CREATE VIEW app.open_project AS
    SELECT p.id, p.title, c.name AS client FROM app.project p JOIN app.client c ON c.id = p.client_id
    WHERE p.status <> 'final';
