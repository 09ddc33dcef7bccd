-- Foreign tables can be made; reading one is an error, whoever asks.
-- The handler is the input function of its own pseudo-type, which refuses whatever it is given.
CREATE FUNCTION file_fdw_handler() RETURNS fdw_handler LANGUAGE internal STRICT AS 'fdw_handler_in';
CREATE FUNCTION file_fdw_validator(text[], oid) RETURNS void
LANGUAGE plpgsql STRICT AS $$ BEGIN END $$;
CREATE FOREIGN DATA WRAPPER file_fdw HANDLER file_fdw_handler VALIDATOR file_fdw_validator;
GRANT USAGE ON FOREIGN DATA WRAPPER file_fdw TO PUBLIC;
