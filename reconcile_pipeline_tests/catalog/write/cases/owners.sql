ALTER TABLE odd."Table.One" OWNER TO app_reader;
ALTER SCHEMA odd OWNER TO "odd Role";
ALTER TYPE odd.code OWNER TO app_reader;
ALTER FUNCTION odd.of_table OWNER TO "odd Role";
