CREATE INDEX i ON app.t (a, b, c, d);
CREATE INDEX i ON t (a, b, c);
CREATE UNIQUE INDEX i ON t (a, b, c, d);
