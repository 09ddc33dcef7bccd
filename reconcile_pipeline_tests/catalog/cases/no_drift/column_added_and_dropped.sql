-- The dropped column stays in pg_attribute; positions are those of the live columns.
ALTER TABLE app.project ADD COLUMN passing integer;
ALTER TABLE app.project DROP COLUMN passing;
ALTER TABLE app.client ADD COLUMN passing integer;
ALTER TABLE app.client DROP COLUMN passing;
