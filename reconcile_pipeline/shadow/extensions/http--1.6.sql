-- Every request is answered here: status 200 and an empty JSON object.
CREATE DOMAIN http_method AS text;
CREATE DOMAIN content_type AS text CHECK (VALUE ~ '^\S+\/\S+');
CREATE TYPE http_header AS (field varchar, value varchar);
CREATE TYPE http_response AS (
  status integer, content_type varchar, headers http_header[], content varchar);
CREATE TYPE http_request AS (
  method http_method, uri varchar, headers http_header[], content_type varchar, content varchar);

CREATE FUNCTION http_set_curlopt(curlopt varchar, value varchar) RETURNS boolean
LANGUAGE sql AS $$ SELECT true $$;
CREATE FUNCTION http_reset_curlopt() RETURNS boolean LANGUAGE sql AS $$ SELECT true $$;
CREATE FUNCTION http_list_curlopt() RETURNS TABLE (curlopt text, value text)
LANGUAGE sql AS $$ SELECT ''::text, ''::text WHERE false $$;
CREATE FUNCTION http_header(field varchar, value varchar) RETURNS http_header
LANGUAGE sql AS $$ SELECT $1, $2 $$;
CREATE FUNCTION http(request http_request) RETURNS http_response
LANGUAGE sql AS $$ SELECT ROW(200, 'application/json', NULL, '{}')::@extschema@.http_response $$;
CREATE FUNCTION http_get(uri varchar) RETURNS http_response
LANGUAGE sql AS $$ SELECT ROW(200, 'application/json', NULL, '{}')::@extschema@.http_response $$;
CREATE FUNCTION http_get(uri varchar, data jsonb) RETURNS http_response
LANGUAGE sql AS $$ SELECT ROW(200, 'application/json', NULL, '{}')::@extschema@.http_response $$;
CREATE FUNCTION http_post(uri varchar, content varchar, content_type varchar) RETURNS http_response
LANGUAGE sql AS $$ SELECT ROW(200, 'application/json', NULL, '{}')::@extschema@.http_response $$;
CREATE FUNCTION http_post(uri varchar, data jsonb) RETURNS http_response
LANGUAGE sql AS $$ SELECT ROW(200, 'application/json', NULL, '{}')::@extschema@.http_response $$;
CREATE FUNCTION http_put(uri varchar, content varchar, content_type varchar) RETURNS http_response
LANGUAGE sql AS $$ SELECT ROW(200, 'application/json', NULL, '{}')::@extschema@.http_response $$;
CREATE FUNCTION http_patch(uri varchar, content varchar, content_type varchar) RETURNS http_response
LANGUAGE sql AS $$ SELECT ROW(200, 'application/json', NULL, '{}')::@extschema@.http_response $$;
CREATE FUNCTION http_delete(uri varchar) RETURNS http_response
LANGUAGE sql AS $$ SELECT ROW(200, 'application/json', NULL, '{}')::@extschema@.http_response $$;
CREATE FUNCTION http_delete(uri varchar, content varchar, content_type varchar)
RETURNS http_response
LANGUAGE sql AS $$ SELECT ROW(200, 'application/json', NULL, '{}')::@extschema@.http_response $$;
CREATE FUNCTION http_head(uri varchar) RETURNS http_response
LANGUAGE sql AS $$ SELECT ROW(200, 'application/json', NULL, '{}')::@extschema@.http_response $$;
CREATE FUNCTION urlencode(string varchar) RETURNS text LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT $1::text $$;
CREATE FUNCTION urlencode(string bytea) RETURNS text LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT pg_catalog.encode($1, 'escape') $$;
CREATE FUNCTION urlencode(data jsonb) RETURNS text LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT $1::text $$;
CREATE FUNCTION text_to_bytea(data text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT pg_catalog.convert_to($1, 'UTF8') $$;
CREATE FUNCTION bytea_to_text(data bytea) RETURNS text LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT pg_catalog.convert_from($1, 'UTF8') $$;
