CREATE TABLE t (a char(10), b char);
ALTER TABLE t ADD COLUMN c character(3);
