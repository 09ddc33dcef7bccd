CREATE TABLE app.other (id bigint, at date NOT NULL);
DROP TABLE app.other;
INSERT INTO app.event SELECT i, date '2024-02-03' FROM generate_series(1, 500) i;
ANALYZE app.event;
