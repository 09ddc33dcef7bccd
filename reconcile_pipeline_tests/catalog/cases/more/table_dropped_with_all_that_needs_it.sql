-- expect: table app.project dropped
-- Views, foreign keys, publication members and the serial's sequence go with it.
DROP TABLE app.project CASCADE;
