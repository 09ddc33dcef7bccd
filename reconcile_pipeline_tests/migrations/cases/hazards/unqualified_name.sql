CREATE TABLE t (id bigint);
CREATE TABLE app.t (id bigint REFERENCES o);
WITH x AS (SELECT 1) SELECT * FROM x, y;
DROP TABLE t, app.u;
SELECT * FROM app.t;
