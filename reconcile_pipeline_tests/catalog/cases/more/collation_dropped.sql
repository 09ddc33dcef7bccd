-- expect: collation app.german dropped
DROP COLLATION app.german;
