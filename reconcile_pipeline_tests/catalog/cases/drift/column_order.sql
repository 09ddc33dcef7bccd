-- expect: column app.log.id altered: position
ALTER TABLE app.log DROP COLUMN id;
ALTER TABLE app.log ADD COLUMN id integer;
