-- expect: table app.log dropped
DROP TABLE app.log;
