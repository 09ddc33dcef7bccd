DROP VIEW odd.on_mat;
DROP MATERIALIZED VIEW odd.a_mat;
CREATE TABLE odd.a_mat (x int);
