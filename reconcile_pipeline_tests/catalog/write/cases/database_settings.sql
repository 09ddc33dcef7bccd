DO $do$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path TO "$user", "Odd.Schema", odd', current_database()); END $do$;
DO $do$ BEGIN EXECUTE format('ALTER DATABASE %I SET my.setting TO ''a, "b" ''''c'''' %%I''', current_database()); END $do$;
