INSERT INTO app.log VALUES (1, 'x');
UPDATE app.log SET line = 'y';
TRUNCATE app.log;
TRUNCATE app.client CASCADE;
