-- Every function is there and none connects: a migration that calls one fails with an error.
CREATE TYPE dblink_pkey_results AS (position int, colname text);
DO $outer$
DECLARE
  target text := pg_catalog.current_schema();
  signature text;
BEGIN
  PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
  FOREACH signature IN ARRAY ARRAY[
    'dblink_connect(text): text', 'dblink_connect(text, text): text',
    'dblink_connect_u(text): text', 'dblink_connect_u(text, text): text',
    'dblink_disconnect(): text', 'dblink_disconnect(text): text',
    'dblink_open(text, text): text', 'dblink_open(text, text, boolean): text',
    'dblink_open(text, text, text): text', 'dblink_open(text, text, text, boolean): text',
    'dblink_fetch(text, int): SETOF record', 'dblink_fetch(text, int, boolean): SETOF record',
    'dblink_fetch(text, text, int): SETOF record',
    'dblink_fetch(text, text, int, boolean): SETOF record',
    'dblink_close(text): text', 'dblink_close(text, boolean): text',
    'dblink_close(text, text): text', 'dblink_close(text, text, boolean): text',
    'dblink(text, text): SETOF record', 'dblink(text, text, boolean): SETOF record',
    'dblink(text): SETOF record', 'dblink(text, boolean): SETOF record',
    'dblink_exec(text, text): text', 'dblink_exec(text, text, boolean): text',
    'dblink_exec(text): text', 'dblink_exec(text, boolean): text',
    'dblink_get_pkey(text): SETOF %I.dblink_pkey_results',
    'dblink_build_sql_insert(text, int2vector, int, text[], text[]): text',
    'dblink_build_sql_delete(text, int2vector, int, text[]): text',
    'dblink_build_sql_update(text, int2vector, int, text[], text[]): text',
    'dblink_current_query(): text', 'dblink_send_query(text, text): int4',
    'dblink_is_busy(text): int4', 'dblink_get_result(text): SETOF record',
    'dblink_get_result(text, bool): SETOF record', 'dblink_get_connections(): text[]',
    'dblink_cancel_query(text): text', 'dblink_error_message(text): text',
    'dblink_get_notify(OUT notify_name text, OUT be_pid int4, OUT extra text): SETOF record',
    'dblink_get_notify(conname text, OUT notify_name text, OUT be_pid int4, OUT extra text):'
      ' SETOF record'
  ] LOOP
    EXECUTE format(
      'CREATE FUNCTION %I.%s RETURNS ' || split_part(signature, ': ', 2)
        || ' LANGUAGE plpgsql STRICT PARALLEL RESTRICTED AS %L',
      VARIADIC array_remove(ARRAY[
        target, split_part(signature, ': ', 1),
        CASE WHEN signature ~ 'pkey' THEN target END,
        'BEGIN RAISE sqlclient_unable_to_establish_sqlconnection'
          ' USING MESSAGE = ''a shadow connects to nothing''; END'], NULL));
  END LOOP;
END $outer$;
CREATE FUNCTION dblink_fdw_validator(options text[], catalog oid) RETURNS void
LANGUAGE plpgsql STRICT AS $$ BEGIN END $$;
CREATE FOREIGN DATA WRAPPER dblink_fdw VALIDATOR dblink_fdw_validator;
