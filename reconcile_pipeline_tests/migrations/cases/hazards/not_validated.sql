ALTER TABLE a ADD CONSTRAINT k FOREIGN KEY (x) REFERENCES b (id) NOT VALID;
ALTER TABLE a ADD CHECK (x > 0) NOT VALID;
ALTER TABLE a ADD CHECK (x > 0);
ALTER TABLE a VALIDATE CONSTRAINT k;
SET session_replication_role = replica;
SET session_replication_role = DEFAULT;
SELECT pg_catalog.set_config('session_replication_role', 'replica', false);
