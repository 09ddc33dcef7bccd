CREATE TABLE t (a timestamp);
ALTER TABLE t ADD COLUMN b timestamp without time zone;
