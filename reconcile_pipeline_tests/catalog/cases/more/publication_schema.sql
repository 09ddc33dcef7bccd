-- expect: publication_schema supabase_realtime.app created
ALTER PUBLICATION supabase_realtime ADD TABLES IN SCHEMA app;
