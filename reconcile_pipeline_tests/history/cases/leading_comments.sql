-- What this is for; and more.
-- Two lines.
CREATE TABLE a (x int);

/* second */ CREATE TABLE b (x int);
-- after the last
