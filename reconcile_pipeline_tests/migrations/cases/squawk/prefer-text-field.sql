CREATE TABLE t (a varchar(10));
ALTER TABLE t ADD COLUMN b varchar(10);
