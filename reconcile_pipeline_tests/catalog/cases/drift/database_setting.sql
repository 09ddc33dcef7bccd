-- expect: database_setting search_path created
DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET search_path = app, public', current_database());
END $$;
