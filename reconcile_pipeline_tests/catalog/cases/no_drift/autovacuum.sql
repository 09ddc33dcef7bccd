INSERT INTO app.log SELECT i, 'line' FROM generate_series(1, 5000) i;
DELETE FROM app.log;
VACUUM (ANALYZE, SKIP_LOCKED) app.log;
