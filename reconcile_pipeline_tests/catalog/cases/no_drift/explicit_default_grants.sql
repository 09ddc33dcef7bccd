-- Built-in privileges, written out: NULL and the same list are one.
DO $$ BEGIN
    EXECUTE format('GRANT ALL ON app.client TO %I', current_user);
END $$;
GRANT USAGE ON TYPE app.status TO PUBLIC;
GRANT EXECUTE ON FUNCTION app.touch() TO PUBLIC;
