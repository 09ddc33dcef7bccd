-- expect: role_setting app_reader.statement_timeout created
DO $$ BEGIN
    EXECUTE format('ALTER ROLE app_reader IN DATABASE %I SET statement_timeout = %L',
                   current_database(), '3s');
END $$;
