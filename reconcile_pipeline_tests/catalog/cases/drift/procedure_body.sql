-- expect: procedure app.archive(integer) altered: definition body
CREATE OR REPLACE PROCEDURE app.archive(days integer) LANGUAGE sql AS $$ SELECT days + 1 $$;
