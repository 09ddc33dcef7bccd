-- expect: column app.client.id altered: identity_kind
ALTER TABLE app.client ALTER COLUMN id SET GENERATED ALWAYS;
