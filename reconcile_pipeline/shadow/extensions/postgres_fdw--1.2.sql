-- Servers, user mappings and foreign tables can be made; asking them anything is an error.
-- The handler is the input function of its own pseudo-type, which refuses whatever it is given.
CREATE FUNCTION postgres_fdw_handler() RETURNS fdw_handler
LANGUAGE internal STRICT AS 'fdw_handler_in';
CREATE FUNCTION postgres_fdw_validator(text[], oid) RETURNS void
LANGUAGE plpgsql STRICT AS $$ BEGIN END $$;
CREATE FOREIGN DATA WRAPPER postgres_fdw
  HANDLER postgres_fdw_handler VALIDATOR postgres_fdw_validator;
GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO PUBLIC;
CREATE FUNCTION postgres_fdw_get_connections(
  IN check_conn boolean DEFAULT false, OUT server_name text, OUT user_name text, OUT valid boolean,
  OUT used_in_xact boolean, OUT closed boolean, OUT remote_backend_pid int4)
RETURNS SETOF record LANGUAGE sql STRICT
AS $$ SELECT '', '', false, false, false, 0 WHERE false $$;
CREATE FUNCTION postgres_fdw_disconnect(text) RETURNS bool LANGUAGE sql STRICT AS $$ SELECT false $$;
CREATE FUNCTION postgres_fdw_disconnect_all() RETURNS bool LANGUAGE sql STRICT
AS $$ SELECT false $$;
