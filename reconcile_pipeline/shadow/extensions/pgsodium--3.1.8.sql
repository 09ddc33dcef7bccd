-- Keys without key material. What is encrypted comes back when it is decrypted; it is not secret.
CREATE TYPE pgsodium.key_status AS ENUM ('default', 'valid', 'invalid', 'expired');
CREATE TYPE pgsodium.key_type AS ENUM (
  'aead-ietf', 'aead-det', 'hmacsha512', 'hmacsha256', 'auth', 'shorthash', 'generichash', 'kdf',
  'secretbox', 'secretstream', 'stream_xchacha20');
CREATE TYPE pgsodium.crypto_box_keypair AS (public bytea, secret bytea);
CREATE TYPE pgsodium.crypto_sign_keypair AS (public bytea, secret bytea);

CREATE SEQUENCE pgsodium.key_key_id_seq;
CREATE TABLE pgsodium.key (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  status pgsodium.key_status DEFAULT 'valid',
  created timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
  expires timestamptz,
  key_type pgsodium.key_type,
  key_id bigint DEFAULT nextval('pgsodium.key_key_id_seq'),
  key_context bytea DEFAULT '\x7067736f6469756d' CHECK (length(key_context) = 8),
  name text UNIQUE,
  associated_data text DEFAULT 'associated',
  raw_key bytea,
  raw_key_nonce bytea,
  parent_key uuid REFERENCES pgsodium.key (id),
  comment text,
  user_data text
);
CREATE VIEW pgsodium.valid_key AS
SELECT id, name, status, key_type, key_id, key_context, created, expires, associated_data
  FROM pgsodium.key
 WHERE status IN ('valid', 'default') AND (expires IS NULL OR expires > now());
GRANT USAGE ON SCHEMA pgsodium TO PUBLIC;
GRANT ALL ON pgsodium.key, pgsodium.valid_key TO PUBLIC;
GRANT ALL ON SEQUENCE pgsodium.key_key_id_seq TO PUBLIC;

CREATE FUNCTION pgsodium.create_key(
  key_type pgsodium.key_type DEFAULT 'aead-det', name text DEFAULT NULL,
  raw_key bytea DEFAULT NULL, raw_key_nonce bytea DEFAULT NULL, parent_key uuid DEFAULT NULL,
  key_context bytea DEFAULT '\x7067736f6469756d', expires timestamptz DEFAULT NULL,
  associated_data text DEFAULT '')
RETURNS pgsodium.valid_key LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  made uuid;
  result pgsodium.valid_key;
BEGIN
  INSERT INTO pgsodium.key (key_type, name, parent_key, key_context, expires, associated_data)
  VALUES ($1, $2, $5, $6, $7, $8) RETURNING id INTO made;
  SELECT * INTO result FROM pgsodium.valid_key v WHERE v.id = made;
  RETURN result;
END $$;
CREATE FUNCTION pgsodium.get_key_by_id(uuid) RETURNS pgsodium.valid_key LANGUAGE sql
AS $$ SELECT * FROM pgsodium.valid_key WHERE id = $1 $$;
CREATE FUNCTION pgsodium.get_key_by_name(text) RETURNS pgsodium.valid_key LANGUAGE sql
AS $$ SELECT * FROM pgsodium.valid_key WHERE name = $1 $$;

CREATE FUNCTION pgsodium.randombytes_buf(size integer) RETURNS bytea LANGUAGE sql
AS $$ SELECT pg_catalog.substr(pg_catalog.sha512(pg_catalog.uuid_send(gen_random_uuid())), 1, $1) $$;
CREATE FUNCTION pgsodium.randombytes_random() RETURNS integer LANGUAGE sql
AS $$ SELECT pg_catalog.hashtext(gen_random_uuid()::text) $$;
CREATE FUNCTION pgsodium.crypto_aead_det_noncegen() RETURNS bytea LANGUAGE sql
AS $$ SELECT pgsodium.randombytes_buf(32) $$;
CREATE FUNCTION pgsodium.crypto_aead_det_keygen() RETURNS bytea LANGUAGE sql
AS $$ SELECT pgsodium.randombytes_buf(64) $$;
CREATE FUNCTION pgsodium.crypto_secretbox_keygen() RETURNS bytea LANGUAGE sql
AS $$ SELECT pgsodium.randombytes_buf(32) $$;
CREATE FUNCTION pgsodium.crypto_secretbox_noncegen() RETURNS bytea LANGUAGE sql
AS $$ SELECT pgsodium.randombytes_buf(24) $$;
CREATE FUNCTION pgsodium.crypto_box_new_keypair() RETURNS SETOF pgsodium.crypto_box_keypair
LANGUAGE sql AS $$ SELECT pgsodium.randombytes_buf(32), pgsodium.randombytes_buf(32) $$;
CREATE FUNCTION pgsodium.crypto_sign_new_keypair() RETURNS SETOF pgsodium.crypto_sign_keypair
LANGUAGE sql AS $$ SELECT pgsodium.randombytes_buf(32), pgsodium.randombytes_buf(64) $$;
CREATE FUNCTION pgsodium.derive_key(
  key_id bigint, key_len integer DEFAULT 32, context bytea DEFAULT '\x7067736f6469756d')
RETURNS bytea LANGUAGE sql
AS $$ SELECT pg_catalog.substr(pg_catalog.sha512(pg_catalog.int8send($1)), 1, $2) $$;

CREATE FUNCTION pgsodium.crypto_aead_det_encrypt(
  message bytea, additional bytea, key_uuid uuid, nonce bytea)
RETURNS bytea LANGUAGE sql STABLE AS $$ SELECT $1 $$;
CREATE FUNCTION pgsodium.crypto_aead_det_encrypt(message bytea, additional bytea, key_uuid uuid)
RETURNS bytea LANGUAGE sql STABLE AS $$ SELECT $1 $$;
CREATE FUNCTION pgsodium.crypto_aead_det_encrypt(
  message bytea, additional bytea, key bytea, nonce bytea DEFAULT NULL)
RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT $1 $$;
CREATE FUNCTION pgsodium.crypto_aead_det_decrypt(
  message bytea, additional bytea, key_uuid uuid, nonce bytea)
RETURNS bytea LANGUAGE sql STABLE AS $$ SELECT $1 $$;
CREATE FUNCTION pgsodium.crypto_aead_det_decrypt(message bytea, additional bytea, key_uuid uuid)
RETURNS bytea LANGUAGE sql STABLE AS $$ SELECT $1 $$;
CREATE FUNCTION pgsodium.crypto_aead_det_decrypt(
  ciphertext bytea, additional bytea, key bytea, nonce bytea DEFAULT NULL)
RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT $1 $$;
CREATE FUNCTION pgsodium.crypto_secretbox(message bytea, nonce bytea, key bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE AS $$ SELECT $1 $$;
CREATE FUNCTION pgsodium.crypto_secretbox_open(ciphertext bytea, nonce bytea, key bytea)
RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT $1 $$;
CREATE FUNCTION pgsodium.crypto_generichash(message bytea, key bytea DEFAULT NULL) RETURNS bytea
LANGUAGE sql IMMUTABLE AS $$ SELECT pg_catalog.sha256($1) $$;
CREATE FUNCTION pgsodium.crypto_auth_hmacsha256(message bytea, secret bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE AS $$ SELECT pg_catalog.sha256($1 || $2) $$;
CREATE FUNCTION pgsodium.crypto_pwhash_str(password bytea) RETURNS bytea LANGUAGE sql
AS $$ SELECT pg_catalog.sha256($1) $$;
CREATE FUNCTION pgsodium.crypto_pwhash_str_verify(hashed_password bytea, password bytea)
RETURNS bool LANGUAGE sql IMMUTABLE AS $$ SELECT $1 = pg_catalog.sha256($2) $$;
CREATE FUNCTION pgsodium.update_masks(debug boolean DEFAULT false) RETURNS void LANGUAGE sql
AS $$ SELECT $$;
