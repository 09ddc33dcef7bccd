-- expect: publication_table supabase_realtime.app.log created
ALTER PUBLICATION supabase_realtime ADD TABLE app.log;
