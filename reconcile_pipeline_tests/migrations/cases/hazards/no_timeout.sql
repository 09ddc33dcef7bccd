ALTER TABLE t ADD COLUMN a int;
SET lock_timeout = '2s';
CREATE INDEX i ON t (a);
SET statement_timeout = '1min';
DROP TABLE t;
SELECT 1;
RESET lock_timeout;
DROP FUNCTION f();
