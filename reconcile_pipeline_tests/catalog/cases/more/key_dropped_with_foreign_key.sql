-- expect: constraint app.client.client_pkey dropped
ALTER TABLE app.client DROP CONSTRAINT client_pkey CASCADE;
