-- Hashes are exact. Ciphers can be undone and passwords checked, with a toy in place of the cipher:
-- its bytes are not those of the real extension, which are random or secret anyway.
CREATE FUNCTION digest(bytea, text) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  message bytea := $1;
  bits bigint := length($1)::bigint * 8;
  w bigint[];
  h bigint[] := '{1732584193,4023233417,2562383102,271733878,3285377520}';
  a bigint; b bigint; c bigint; d bigint; e bigint; f bigint; k bigint; t bigint;
BEGIN
  CASE lower($2)
    WHEN 'md5' THEN RETURN decode(md5($1), 'hex');
    WHEN 'sha224' THEN RETURN sha224($1);
    WHEN 'sha256' THEN RETURN sha256($1);
    WHEN 'sha384' THEN RETURN sha384($1);
    WHEN 'sha512' THEN RETURN sha512($1);
    WHEN 'sha1' THEN NULL;
    ELSE RAISE invalid_parameter_value
      USING MESSAGE = format('Cannot use "%s": No such hash algorithm', $2);
  END CASE;
  message := message || '\x80'::bytea;  -- SHA-1, FIPS 180-4
  message := message || decode(repeat('00', (120 - length(message) % 64) % 64), 'hex')
    || int8send(bits);
  FOR block IN 0 .. length(message) / 64 - 1 LOOP
    FOR i IN 0 .. 15 LOOP
      w[i] := ('x' || encode(substr(message, block * 64 + i * 4 + 1, 4), 'hex'))::bit(32)::bigint;
    END LOOP;
    FOR i IN 16 .. 79 LOOP
      t := w[i - 3] # w[i - 8] # w[i - 14] # w[i - 16];
      w[i] := ((t << 1) | (t >> 31)) & 4294967295;
    END LOOP;
    a := h[1]; b := h[2]; c := h[3]; d := h[4]; e := h[5];
    FOR i IN 0 .. 79 LOOP
      IF i < 20 THEN f := (b & c) | ((~ b) & 4294967295 & d); k := 1518500249;
      ELSIF i < 40 THEN f := b # c # d; k := 1859775393;
      ELSIF i < 60 THEN f := (b & c) | (b & d) | (c & d); k := 2400959708;
      ELSE f := b # c # d; k := 3395469782;
      END IF;
      t := ((((a << 5) | (a >> 27)) & 4294967295) + f + e + k + w[i]) & 4294967295;
      e := d; d := c; c := ((b << 30) | (b >> 2)) & 4294967295; b := a; a := t;
    END LOOP;
    h := ARRAY[h[1] + a, h[2] + b, h[3] + c, h[4] + d, h[5] + e];
    FOR i IN 1 .. 5 LOOP h[i] := h[i] & 4294967295; END LOOP;
  END LOOP;
  RETURN substr(int8send(h[1]), 5) || substr(int8send(h[2]), 5) || substr(int8send(h[3]), 5)
    || substr(int8send(h[4]), 5) || substr(int8send(h[5]), 5);
END $$;

-- Functions that need another one find it wherever the extension has been moved to.
CREATE FUNCTION digest(text, text) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  result bytea;
BEGIN
  EXECUTE format('SELECT %s.digest($1, $2)', (SELECT extnamespace::regnamespace FROM pg_extension
    WHERE extname = 'pgcrypto')) INTO result USING convert_to($1, 'UTF8'), $2;
  RETURN result;
END $$;

CREATE FUNCTION hmac(bytea, bytea, text) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  hash text := format('SELECT %s.digest($1, $2)', (SELECT extnamespace::regnamespace
    FROM pg_extension WHERE extname = 'pgcrypto'));
  size int := CASE WHEN lower($3) IN ('sha384', 'sha512') THEN 128 ELSE 64 END;
  inner_key bytea := $2;
  outer_key bytea;
  result bytea;
BEGIN  -- RFC 2104
  IF length(inner_key) > size THEN
    EXECUTE hash INTO inner_key USING inner_key, $3;
  END IF;
  inner_key := inner_key || decode(repeat('00', size - length(inner_key)), 'hex');
  outer_key := inner_key;
  FOR i IN 0 .. size - 1 LOOP
    inner_key := set_byte(inner_key, i, get_byte(inner_key, i) # 54);
    outer_key := set_byte(outer_key, i, get_byte(outer_key, i) # 92);
  END LOOP;
  EXECUTE hash INTO result USING inner_key || $1, $3;
  EXECUTE hash INTO result USING outer_key || result, $3;
  RETURN result;
END $$;

CREATE FUNCTION hmac(text, text, text) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  result bytea;
BEGIN
  EXECUTE format('SELECT %s.hmac($1, $2, $3)', (SELECT extnamespace::regnamespace FROM pg_extension
    WHERE extname = 'pgcrypto'))
    INTO result USING convert_to($1, 'UTF8'), convert_to($2, 'UTF8'), $3;
  RETURN result;
END $$;

CREATE FUNCTION gen_random_bytes(int4) RETURNS bytea
LANGUAGE plpgsql VOLATILE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  result bytea := '';
BEGIN
  IF $1 NOT BETWEEN 1 AND 1024 THEN
    RAISE invalid_parameter_value USING MESSAGE = 'Length not in range';
  END IF;
  WHILE length(result) < $1 LOOP
    result := result || sha256(uuid_send(gen_random_uuid()));
  END LOOP;
  RETURN substr(result, 1, $1);
END $$;

CREATE FUNCTION gen_random_uuid() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE
AS $$ SELECT pg_catalog.gen_random_uuid() $$;

CREATE FUNCTION gen_salt(text, int4) RETURNS text
LANGUAGE plpgsql VOLATILE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  random text := md5(gen_random_uuid()::text) || md5(gen_random_uuid()::text);
BEGIN
  CASE lower($1)
    WHEN 'bf' THEN RETURN format('$2a$%s$%s', lpad(greatest($2, 4)::text, 2, '0'), left(random, 22));
    WHEN 'md5' THEN RETURN '$1$' || left(random, 8);
    WHEN 'xdes' THEN RETURN '_J9..' || left(random, 4);
    WHEN 'des' THEN RETURN left(random, 2);
    WHEN 'sha256crypt' THEN RETURN '$5$' || left(random, 16);
    WHEN 'sha512crypt' THEN RETURN '$6$' || left(random, 16);
    ELSE RAISE invalid_parameter_value USING MESSAGE = 'gen_salt: Unknown salt algorithm';
  END CASE;
END $$;

CREATE FUNCTION gen_salt(text) RETURNS text
LANGUAGE plpgsql VOLATILE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  result text;
BEGIN
  EXECUTE format('SELECT %s.gen_salt($1, 6)', (SELECT extnamespace::regnamespace FROM pg_extension
    WHERE extname = 'pgcrypto')) INTO result USING $1;
  RETURN result;
END $$;

-- crypt(password, crypt(password, salt)) is crypt(password, salt), as it must be.
CREATE FUNCTION crypt(text, text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  salt text := CASE WHEN $2 ~ '^\$2' THEN left($2, 29)
                    WHEN $2 ~ '^\$' THEN substring($2 FROM '^\$[^$]+\$[^$]+')
                    WHEN $2 ~ '^_' THEN left($2, 9) ELSE left($2, 2) END;
BEGIN
  RETURN salt || CASE WHEN $2 ~ '^\$[^2]' THEN '$' ELSE '' END
    || left(translate(encode(sha256(convert_to(salt || $1, 'UTF8')), 'base64'), '+=', './'), 31);
END $$;

-- The toy: every bit turned round, whatever the key, so that doing it twice changes nothing.
CREATE FUNCTION encrypt_iv(bytea, bytea, bytea, text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.decode(pg_catalog.translate(pg_catalog.encode($1, 'hex'),
  '0123456789abcdef', 'fedcba9876543210'), 'hex') $$;
CREATE FUNCTION decrypt_iv(bytea, bytea, bytea, text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.decode(pg_catalog.translate(pg_catalog.encode($1, 'hex'),
  '0123456789abcdef', 'fedcba9876543210'), 'hex') $$;
CREATE FUNCTION encrypt(bytea, bytea, text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.decode(pg_catalog.translate(pg_catalog.encode($1, 'hex'),
  '0123456789abcdef', 'fedcba9876543210'), 'hex') $$;
CREATE FUNCTION decrypt(bytea, bytea, text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.decode(pg_catalog.translate(pg_catalog.encode($1, 'hex'),
  '0123456789abcdef', 'fedcba9876543210'), 'hex') $$;
CREATE FUNCTION pgp_sym_encrypt(text, text) RETURNS bytea
LANGUAGE sql VOLATILE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.decode(pg_catalog.translate(
  pg_catalog.encode(pg_catalog.convert_to($1, 'UTF8'), 'hex'), '0123456789abcdef', 'fedcba9876543210'), 'hex') $$;
CREATE FUNCTION pgp_sym_encrypt_bytea(bytea, text) RETURNS bytea
LANGUAGE sql VOLATILE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.decode(pg_catalog.translate(pg_catalog.encode($1, 'hex'),
  '0123456789abcdef', 'fedcba9876543210'), 'hex') $$;
CREATE FUNCTION pgp_sym_encrypt(text, text, text) RETURNS bytea
LANGUAGE sql VOLATILE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.decode(pg_catalog.translate(
  pg_catalog.encode(pg_catalog.convert_to($1, 'UTF8'), 'hex'), '0123456789abcdef', 'fedcba9876543210'), 'hex') $$;
CREATE FUNCTION pgp_sym_encrypt_bytea(bytea, text, text) RETURNS bytea
LANGUAGE sql VOLATILE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.decode(pg_catalog.translate(pg_catalog.encode($1, 'hex'),
  '0123456789abcdef', 'fedcba9876543210'), 'hex') $$;
CREATE FUNCTION pgp_sym_decrypt(bytea, text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.convert_from(pg_catalog.decode(pg_catalog.translate(
  pg_catalog.encode($1, 'hex'), '0123456789abcdef', 'fedcba9876543210'), 'hex'), 'UTF8') $$;
CREATE FUNCTION pgp_sym_decrypt_bytea(bytea, text) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.decode(pg_catalog.translate(pg_catalog.encode($1, 'hex'),
  '0123456789abcdef', 'fedcba9876543210'), 'hex') $$;
CREATE FUNCTION pgp_sym_decrypt(bytea, text, text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.convert_from(pg_catalog.decode(pg_catalog.translate(
  pg_catalog.encode($1, 'hex'), '0123456789abcdef', 'fedcba9876543210'), 'hex'), 'UTF8') $$;
CREATE FUNCTION pgp_sym_decrypt_bytea(bytea, text, text) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.decode(pg_catalog.translate(pg_catalog.encode($1, 'hex'),
  '0123456789abcdef', 'fedcba9876543210'), 'hex') $$;
CREATE FUNCTION pgp_pub_encrypt(text, bytea) RETURNS bytea
LANGUAGE sql VOLATILE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.decode(pg_catalog.translate(
  pg_catalog.encode(pg_catalog.convert_to($1, 'UTF8'), 'hex'), '0123456789abcdef', 'fedcba9876543210'), 'hex') $$;
CREATE FUNCTION pgp_pub_encrypt_bytea(bytea, bytea) RETURNS bytea
LANGUAGE sql VOLATILE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.decode(pg_catalog.translate(pg_catalog.encode($1, 'hex'),
  '0123456789abcdef', 'fedcba9876543210'), 'hex') $$;
CREATE FUNCTION pgp_pub_encrypt(text, bytea, text) RETURNS bytea
LANGUAGE sql VOLATILE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.decode(pg_catalog.translate(
  pg_catalog.encode(pg_catalog.convert_to($1, 'UTF8'), 'hex'), '0123456789abcdef', 'fedcba9876543210'), 'hex') $$;
CREATE FUNCTION pgp_pub_encrypt_bytea(bytea, bytea, text) RETURNS bytea
LANGUAGE sql VOLATILE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.decode(pg_catalog.translate(pg_catalog.encode($1, 'hex'),
  '0123456789abcdef', 'fedcba9876543210'), 'hex') $$;
CREATE FUNCTION pgp_pub_decrypt(bytea, bytea) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.convert_from(pg_catalog.decode(pg_catalog.translate(
  pg_catalog.encode($1, 'hex'), '0123456789abcdef', 'fedcba9876543210'), 'hex'), 'UTF8') $$;
CREATE FUNCTION pgp_pub_decrypt_bytea(bytea, bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.decode(pg_catalog.translate(pg_catalog.encode($1, 'hex'),
  '0123456789abcdef', 'fedcba9876543210'), 'hex') $$;
CREATE FUNCTION pgp_pub_decrypt(bytea, bytea, text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.convert_from(pg_catalog.decode(pg_catalog.translate(
  pg_catalog.encode($1, 'hex'), '0123456789abcdef', 'fedcba9876543210'), 'hex'), 'UTF8') $$;
CREATE FUNCTION pgp_pub_decrypt_bytea(bytea, bytea, text) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.decode(pg_catalog.translate(pg_catalog.encode($1, 'hex'),
  '0123456789abcdef', 'fedcba9876543210'), 'hex') $$;
CREATE FUNCTION pgp_pub_decrypt(bytea, bytea, text, text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.convert_from(pg_catalog.decode(pg_catalog.translate(
  pg_catalog.encode($1, 'hex'), '0123456789abcdef', 'fedcba9876543210'), 'hex'), 'UTF8') $$;
CREATE FUNCTION pgp_pub_decrypt_bytea(bytea, bytea, text, text) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.decode(pg_catalog.translate(pg_catalog.encode($1, 'hex'),
  '0123456789abcdef', 'fedcba9876543210'), 'hex') $$;
CREATE FUNCTION pgp_key_id(bytea) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.upper(pg_catalog.left(pg_catalog.md5($1), 16)) $$;
CREATE FUNCTION armor(bytea) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.format(E'-----BEGIN PGP MESSAGE-----\n\n%s\n-----END PGP MESSAGE-----\n',
                               pg_catalog.encode($1, 'base64')) $$;
CREATE FUNCTION armor(bytea, text[], text[]) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.format(E'-----BEGIN PGP MESSAGE-----\n\n%s\n-----END PGP MESSAGE-----\n',
                               pg_catalog.encode($1, 'base64')) $$;
CREATE FUNCTION dearmor(text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.decode(pg_catalog.split_part(pg_catalog.split_part($1, E'\n\n', 2),
                                                     E'\n-----END', 1), 'base64') $$;
CREATE FUNCTION pgp_armor_headers(text, OUT key text, OUT value text) RETURNS SETOF record
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT ''::text, ''::text WHERE false $$;
