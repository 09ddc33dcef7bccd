ALTER TABLE odd.hen OWNER TO app_reader;
DROP FUNCTION odd.as_table;
CREATE FUNCTION odd.as_table(m integer) RETURNS TABLE (a integer, b odd.code) LANGUAGE plpgsql AS $$ BEGIN RETURN; END $$;
