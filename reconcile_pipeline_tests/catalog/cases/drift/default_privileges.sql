-- expect: default_privileges postgres.app.tables altered: acl
ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA app GRANT INSERT ON TABLES TO anon;
