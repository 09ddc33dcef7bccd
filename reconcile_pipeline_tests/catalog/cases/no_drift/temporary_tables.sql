CREATE TEMPORARY TABLE scratch (id serial PRIMARY KEY, body text);
CREATE TEMPORARY VIEW glance AS SELECT * FROM scratch;
CREATE INDEX ON scratch (body);
