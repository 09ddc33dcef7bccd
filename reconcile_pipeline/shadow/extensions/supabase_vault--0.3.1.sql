-- Secrets are kept as their hash: whatever a migration stores, nothing here can give it away.
GRANT USAGE ON SCHEMA vault TO PUBLIC;
CREATE FUNCTION vault._crypto_aead_det_encrypt(
  message bytea, additional bytea, key_id bigint, context bytea DEFAULT 'pgsodium',
  nonce bytea DEFAULT NULL)
RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT pg_catalog.sha256($1) $$;
CREATE FUNCTION vault._crypto_aead_det_decrypt(
  message bytea, additional bytea, key_id bigint, context bytea DEFAULT 'pgsodium',
  nonce bytea DEFAULT NULL)
RETURNS bytea LANGUAGE sql IMMUTABLE
AS $$ SELECT pg_catalog.convert_to(pg_catalog.encode($1, 'hex'), 'UTF8') $$;
CREATE FUNCTION vault._crypto_aead_det_noncegen() RETURNS bytea LANGUAGE sql IMMUTABLE
AS $$ SELECT '\x00000000000000000000000000000000'::bytea $$;

CREATE TABLE vault.secrets (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name text,
  description text NOT NULL DEFAULT '',
  secret text NOT NULL,
  key_id uuid,
  nonce bytea DEFAULT vault._crypto_aead_det_noncegen(),
  created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE UNIQUE INDEX ON vault.secrets (name) WHERE name IS NOT NULL;
CREATE VIEW vault.decrypted_secrets AS
SELECT id, name, description, secret, secret AS decrypted_secret, key_id, nonce, created_at,
       updated_at
  FROM vault.secrets;
GRANT ALL ON vault.secrets, vault.decrypted_secrets TO PUBLIC;

CREATE FUNCTION vault.create_secret(
  new_secret text, new_name text DEFAULT NULL, new_description text DEFAULT '',
  new_key_id uuid DEFAULT NULL)
RETURNS uuid LANGUAGE sql SET search_path = '' AS $$
  INSERT INTO vault.secrets (secret, name, description)
  VALUES (pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to($1, 'UTF8')), 'base64'), $2, $3)
  RETURNING id $$;
CREATE FUNCTION vault.update_secret(
  secret_id uuid, new_secret text DEFAULT NULL, new_name text DEFAULT NULL,
  new_description text DEFAULT NULL, new_key_id uuid DEFAULT NULL)
RETURNS void LANGUAGE sql SET search_path = '' AS $$
  UPDATE vault.secrets s
     SET secret = coalesce(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to($2, 'UTF8')),
                                             'base64'), s.secret),
         name = coalesce($3, s.name), description = coalesce($4, s.description), updated_at = now()
   WHERE s.id = $1 $$;
