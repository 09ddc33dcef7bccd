INSERT INTO app.log SELECT i, 'line' FROM generate_series(1, 1000) i;
DELETE FROM app.log WHERE id > 10;
VACUUM;
