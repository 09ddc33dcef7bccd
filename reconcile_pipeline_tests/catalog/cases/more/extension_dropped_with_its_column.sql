-- expect: extension citext dropped
ALTER TABLE app.log ADD COLUMN mail extensions.citext;
ALTER TABLE app.log DROP COLUMN mail;
DROP EXTENSION citext CASCADE;
