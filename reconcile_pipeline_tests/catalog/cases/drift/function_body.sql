-- expect: function app.full_name(text,text) altered: definition body
CREATE OR REPLACE FUNCTION app.full_name(first text, last text DEFAULT '') RETURNS text
    LANGUAGE sql IMMUTABLE SECURITY INVOKER SET search_path = 'app'
    AS $$ SELECT last || ', ' || first $$;
