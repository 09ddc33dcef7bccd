-- Real JSON Web Tokens, by the hmac of pgcrypto (RFC 7519, RFC 7515).
CREATE FUNCTION url_encode(data bytea) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT pg_catalog.rtrim(pg_catalog.translate(pg_catalog.encode($1, 'base64'), E'+/\n', '-_'), '=')
$$;
CREATE FUNCTION url_decode(data text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
  SELECT pg_catalog.decode(pg_catalog.rpad(pg_catalog.translate($1, '-_', '+/'),
                                           (pg_catalog.length($1) + 3) / 4 * 4, '='), 'base64')
$$;
CREATE FUNCTION algorithm_sign(signables text, secret text, algorithm text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
  SELECT @extschema@.url_encode(@extschema:pgcrypto@.hmac($1, $2,
    CASE $3 WHEN 'HS256' THEN 'sha256' WHEN 'HS384' THEN 'sha384' WHEN 'HS512' THEN 'sha512'
            ELSE '' END))
$$;
CREATE FUNCTION sign(payload json, secret text, algorithm text DEFAULT 'HS256') RETURNS text
LANGUAGE sql IMMUTABLE AS $$
  SELECT s.text || '.' || @extschema@.algorithm_sign(s.text, $2, $3)
    FROM (SELECT @extschema@.url_encode(convert_to('{"alg":"' || $3 || '","typ":"JWT"}', 'utf8'))
                 || '.' || @extschema@.url_encode(convert_to($1::text, 'utf8')) AS text) s
$$;
CREATE FUNCTION try_cast_double(inp text) RETURNS double precision LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN inp::double precision;
EXCEPTION WHEN OTHERS THEN
  RETURN NULL;
END $$;
CREATE FUNCTION verify(token text, secret text, algorithm text DEFAULT 'HS256')
RETURNS TABLE (header json, payload json, valid boolean) LANGUAGE sql IMMUTABLE AS $$
  SELECT convert_from(@extschema@.url_decode(p[1]), 'utf8')::json,
         convert_from(@extschema@.url_decode(p[2]), 'utf8')::json,
         p[3] = @extschema@.algorithm_sign(p[1] || '.' || p[2], $2, $3)
    FROM (SELECT string_to_array($1, '.') AS p) t
$$;
