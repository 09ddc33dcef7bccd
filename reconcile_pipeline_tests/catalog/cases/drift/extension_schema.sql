-- expect: extension pg_trgm altered: schema
ALTER EXTENSION pg_trgm SET SCHEMA app;
