INSERT INTO app.log SELECT i, 'line' FROM generate_series(1, 1000) i;
ANALYZE;
