-- expect: table app.client dropped
DROP TABLE app.client CASCADE;
