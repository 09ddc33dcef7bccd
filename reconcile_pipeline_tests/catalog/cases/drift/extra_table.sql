-- expect: table app.extra created
CREATE TABLE app.extra (id serial PRIMARY KEY, note text UNIQUE);
CREATE INDEX ON app.extra (note);
ALTER TABLE app.extra ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody ON app.extra USING (true);
