-- expect: column app.client.id altered: identity_sequence
ALTER TABLE app.client ALTER COLUMN id SET INCREMENT 10;
