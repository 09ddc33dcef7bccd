-- expect: domain app.email altered: constraints
ALTER DOMAIN app.email DROP CONSTRAINT has_at;
ALTER DOMAIN app.email ADD CONSTRAINT has_at CHECK (VALUE LIKE '%@%.%');
