-- Comments with @graphql directives need nothing; queries are answered with nothing.
GRANT USAGE ON SCHEMA graphql TO PUBLIC;
CREATE SEQUENCE graphql.seq_schema_version AS int CYCLE;
CREATE FUNCTION graphql._internal_resolve(
  query text, variables jsonb DEFAULT '{}', "operationName" text DEFAULT NULL,
  extensions jsonb DEFAULT NULL)
RETURNS jsonb LANGUAGE sql AS $$ SELECT '{"data": null}'::jsonb $$;
CREATE FUNCTION graphql.resolve(
  query text, variables jsonb DEFAULT '{}', "operationName" text DEFAULT NULL,
  extensions jsonb DEFAULT NULL)
RETURNS jsonb LANGUAGE sql AS $$ SELECT '{"data": null}'::jsonb $$;
CREATE FUNCTION graphql.comment_directive(comment_ text) RETURNS jsonb LANGUAGE sql IMMUTABLE
AS $$ SELECT '{}'::jsonb $$;
CREATE FUNCTION graphql.exception(message text) RETURNS text LANGUAGE plpgsql
AS $$ BEGIN RAISE '%', message; END $$;
CREATE FUNCTION graphql.get_schema_version() RETURNS int LANGUAGE sql SECURITY INVOKER
AS $$ SELECT 1 $$;
CREATE FUNCTION graphql.increment_schema_version() RETURNS event_trigger LANGUAGE plpgsql
AS $$ BEGIN END $$;
