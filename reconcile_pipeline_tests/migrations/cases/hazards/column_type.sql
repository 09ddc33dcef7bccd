CREATE TABLE t (a int, b smallint, c bigint, d serial, e text);
CREATE TABLE t (a char(3), b varchar(10), c varchar, d timestamp, e timestamptz, f json, g jsonb, h money);
ALTER TABLE t ADD COLUMN a bigserial;
ALTER TABLE t ALTER a TYPE varchar(20);
