-- Geometries are kept as the text they were given as. Columns with a type and SRID, indexes and the
-- functions that schemas name all work; what a function computes from a geometry mostly is NULL.

-- Types. Their text goes in and out by the functions of the type text.
CREATE TYPE @extschema@.geometry;
CREATE TYPE @extschema@.geography;
CREATE TYPE @extschema@.box2d;
CREATE TYPE @extschema@.box3d;

-- A type modifier is a number, `(Point,4326)` is none: so it is the OID of an enum's label of that
-- text, made when it is first asked for. Then `enum_out` is what prints it.
CREATE TYPE @extschema@.geometry_modifier AS ENUM ();
CREATE FUNCTION @extschema@.geometry_modifier(given text, is_geography boolean) RETURNS int4
LANGUAGE plpgsql STRICT SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET session_replication_role = replica AS $$  -- no event trigger of a file's fires in here
DECLARE
  kind text := initcap(split_part(given, ',', 1));
  srid text := nullif(ltrim(split_part(given, ',', 2)), '');
  dims text;
  label text;
  found oid;
BEGIN
  dims := upper(substring(kind FROM '(?i)^(?:Point|.*String|.*Polygon|.*Collection|.*Curve'
    '|.*Surface|Tin|Triangle|Geometry)(ZM|Z|M)?$'));
  kind := CASE lower(left(kind, length(kind) - length(coalesce(dims, ''))))
    WHEN 'linestring' THEN 'LineString' WHEN 'multipoint' THEN 'MultiPoint'
    WHEN 'multilinestring' THEN 'MultiLineString' WHEN 'multipolygon' THEN 'MultiPolygon'
    WHEN 'geometrycollection' THEN 'GeometryCollection' WHEN 'circularstring' THEN 'CircularString'
    WHEN 'compoundcurve' THEN 'CompoundCurve' WHEN 'curvepolygon' THEN 'CurvePolygon'
    WHEN 'multicurve' THEN 'MultiCurve' WHEN 'multisurface' THEN 'MultiSurface'
    WHEN 'polyhedralsurface' THEN 'PolyhedralSurface' WHEN 'tin' THEN 'Tin'
    WHEN 'triangle' THEN 'Triangle' WHEN 'point' THEN 'Point' WHEN 'polygon' THEN 'Polygon'
    WHEN 'geometry' THEN 'Geometry' END;
  IF kind IS NULL OR srid !~ '^[0-9]{1,6}$' THEN
    RAISE invalid_parameter_value USING MESSAGE = 'Invalid geometry type modifier: ' || given;
  END IF;
  srid := coalesce(nullif(srid, '0'), CASE WHEN is_geography THEN '4326' END);
  label := '(' || concat_ws(',', kind || coalesce(dims, ''), srid) || ')';
  IF NOT EXISTS (SELECT FROM pg_enum WHERE enumtypid = '@extschema@.geometry_modifier'::regtype
                    AND enumlabel = label) THEN
    EXECUTE format('ALTER TYPE @extschema@.geometry_modifier ADD VALUE %L', label);
  END IF;
  SELECT oid INTO found FROM pg_enum
   WHERE enumtypid = '@extschema@.geometry_modifier'::regtype AND enumlabel = label;
  RETURN found::int8::int4;
END $$;
CREATE FUNCTION @extschema@.geometry_typmod_in(text[]) RETURNS int4 LANGUAGE sql STRICT AS
$$ SELECT @extschema@.geometry_modifier(pg_catalog.array_to_string($1, ','), false) $$;
CREATE FUNCTION @extschema@.geography_typmod_in(text[]) RETURNS int4 LANGUAGE sql STRICT AS
$$ SELECT @extschema@.geometry_modifier(pg_catalog.array_to_string($1, ','), true) $$;
CREATE FUNCTION @extschema@.geometry_typmod_out(int4) RETURNS cstring
LANGUAGE internal IMMUTABLE STRICT AS 'enum_out';
-- The server hands over cstring[], which CREATE FUNCTION accepts for no language but C.
SET LOCAL allow_system_table_mods = on;
UPDATE pg_catalog.pg_proc SET proargtypes = '1263'
 WHERE oid OPERATOR(pg_catalog.=) ANY (ARRAY[
   '@extschema@.geometry_typmod_in(text[])'::pg_catalog.regprocedure::pg_catalog.oid,
   '@extschema@.geography_typmod_in(text[])'::pg_catalog.regprocedure::pg_catalog.oid]);
SET LOCAL allow_system_table_mods = off;

DO $outer$
DECLARE
  name text;
BEGIN
  PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
  PERFORM set_config('client_min_messages', 'error', true);
  FOREACH name IN ARRAY '{geometry,geography,box2d,box3d}'::text[] LOOP
    EXECUTE format('CREATE FUNCTION @extschema@.%1$s_in(cstring) RETURNS @extschema@.%1$s'
      ' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS ''textin''', name);
    EXECUTE format('CREATE FUNCTION @extschema@.%1$s_out(@extschema@.%1$s) RETURNS cstring'
      ' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS ''textout''', name);
    EXECUTE format('CREATE FUNCTION @extschema@.%1$s_recv(internal) RETURNS @extschema@.%1$s'
      ' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS ''textrecv''', name);
    EXECUTE format('CREATE FUNCTION @extschema@.%1$s_send(@extschema@.%1$s) RETURNS bytea'
      ' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS ''textsend''', name);
    EXECUTE format('CREATE TYPE @extschema@.%1$s (INPUT = @extschema@.%1$s_in,'
      ' OUTPUT = @extschema@.%1$s_out, RECEIVE = @extschema@.%1$s_recv,'
      ' SEND = @extschema@.%1$s_send, INTERNALLENGTH = VARIABLE, ALIGNMENT = int4,'
      ' STORAGE = main%2$s)', name, CASE WHEN name LIKE 'geo%' THEN format(
        ', TYPMOD_IN = @extschema@.%s_typmod_in, TYPMOD_OUT = @extschema@.geometry_typmod_out',
        name) END);
  END LOOP;

  -- What ORDER BY, DISTINCT, UNIQUE and indexes need: the order of the bytes.
  FOREACH name IN ARRAY '{geometry,geography}'::text[] LOOP
    EXECUTE replace(replace(replace($sql$
      SET LOCAL search_path = @extschema@, pg_temp;  -- definitions only, up to its reset
      CREATE FUNCTION THING_lt(THING, THING) RETURNS bool STABLE_INTERNAL 'bytealt';
      CREATE FUNCTION THING_le(THING, THING) RETURNS bool STABLE_INTERNAL 'byteale';
      CREATE FUNCTION THING_eq(THING, THING) RETURNS bool STABLE_INTERNAL 'byteaeq';
      CREATE FUNCTION THING_ge(THING, THING) RETURNS bool STABLE_INTERNAL 'byteage';
      CREATE FUNCTION THING_gt(THING, THING) RETURNS bool STABLE_INTERNAL 'byteagt';
      CREATE FUNCTION THING_cmp(THING, THING) RETURNS int4 STABLE_INTERNAL 'byteacmp';
      CREATE FUNCTION THING_hash(THING) RETURNS int4 STABLE_INTERNAL 'hashvarlena';
      CREATE FUNCTION THING_overlaps(THING, THING) RETURNS bool LANGUAGE sql IMMUTABLE STRICT
        AS 'SELECT NULL::bool';
      CREATE FUNCTION THING_within(THING, THING) RETURNS bool LANGUAGE sql IMMUTABLE STRICT
        AS 'SELECT NULL::bool';
      CREATE FUNCTION THING_contains(THING, THING) RETURNS bool LANGUAGE sql IMMUTABLE STRICT
        AS 'SELECT NULL::bool';
      CREATE FUNCTION THING_distance_knn(THING, THING) RETURNS float8 LANGUAGE sql IMMUTABLE STRICT
        AS 'SELECT NULL::float8';
      CREATE OPERATOR < (LEFTARG = THING, RIGHTARG = THING, FUNCTION = THING_lt);
      CREATE OPERATOR <= (LEFTARG = THING, RIGHTARG = THING, FUNCTION = THING_le);
      CREATE OPERATOR = (LEFTARG = THING, RIGHTARG = THING, FUNCTION = THING_eq, HASHES, MERGES);
      CREATE OPERATOR >= (LEFTARG = THING, RIGHTARG = THING, FUNCTION = THING_ge);
      CREATE OPERATOR > (LEFTARG = THING, RIGHTARG = THING, FUNCTION = THING_gt);
      CREATE OPERATOR && (LEFTARG = THING, RIGHTARG = THING, FUNCTION = THING_overlaps);
      CREATE OPERATOR @ (LEFTARG = THING, RIGHTARG = THING, FUNCTION = THING_within);
      CREATE OPERATOR ~ (LEFTARG = THING, RIGHTARG = THING, FUNCTION = THING_contains);
      CREATE OPERATOR <-> (LEFTARG = THING, RIGHTARG = THING, FUNCTION = THING_distance_knn);
      CREATE OPERATOR CLASS btree_THING_ops DEFAULT FOR TYPE THING USING btree AS
        OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
        FUNCTION 1 THING_cmp(THING, THING);
      CREATE OPERATOR CLASS hash_THING_ops DEFAULT FOR TYPE THING USING hash AS
        OPERATOR 1 =, FUNCTION 1 THING_hash(THING);
      CREATE FUNCTION THING_gist_consistent(internal, THING, int2, oid, internal) RETURNS bool
        FROM_BTREE_GIST 'gbt_bytea_consistent';
      CREATE FUNCTION THING_gist_union(internal, internal) RETURNS bytea
        FROM_BTREE_GIST 'gbt_bytea_union';
      CREATE FUNCTION THING_gist_compress(internal) RETURNS internal
        FROM_BTREE_GIST 'gbt_bytea_compress';
      CREATE FUNCTION THING_gist_decompress(internal) RETURNS internal
        FROM_BTREE_GIST 'gbt_var_decompress';
      CREATE FUNCTION THING_gist_penalty(internal, internal, internal) RETURNS internal
        FROM_BTREE_GIST 'gbt_bytea_penalty';
      CREATE FUNCTION THING_gist_picksplit(internal, internal) RETURNS internal
        FROM_BTREE_GIST 'gbt_bytea_picksplit';
      CREATE FUNCTION THING_gist_same(bytea, bytea, internal) RETURNS internal
        FROM_BTREE_GIST 'gbt_bytea_same';
      SET LOCAL search_path = pg_catalog, pg_temp;
    $sql$, 'THING', name),
      'STABLE_INTERNAL', 'LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS'),
      'FROM_BTREE_GIST', 'LANGUAGE c IMMUTABLE STRICT AS ''$libdir/btree_gist'', ');
  END LOOP;
END $outer$;

-- Leaves hold the whole text, so an index answers nothing that a geometry asks; none is needed here.
CREATE OPERATOR CLASS @extschema@.gist_geometry_ops_2d
  DEFAULT FOR TYPE @extschema@.geometry USING gist AS
  STORAGE bytea,
  OPERATOR 3 @extschema@.&&, OPERATOR 7 @extschema@.~, OPERATOR 8 @extschema@.@,
  FUNCTION 1 @extschema@.geometry_gist_consistent(internal, @extschema@.geometry, int2, oid, internal),
  FUNCTION 2 @extschema@.geometry_gist_union(internal, internal),
  FUNCTION 3 @extschema@.geometry_gist_compress(internal),
  FUNCTION 4 @extschema@.geometry_gist_decompress(internal),
  FUNCTION 5 @extschema@.geometry_gist_penalty(internal, internal, internal),
  FUNCTION 6 @extschema@.geometry_gist_picksplit(internal, internal),
  FUNCTION 7 @extschema@.geometry_gist_same(bytea, bytea, internal);
CREATE OPERATOR CLASS @extschema@.gist_geography_ops
  DEFAULT FOR TYPE @extschema@.geography USING gist AS
  STORAGE bytea,
  OPERATOR 3 @extschema@.&&,
  FUNCTION 1 @extschema@.geography_gist_consistent(internal, @extschema@.geography, int2, oid, internal),
  FUNCTION 2 @extschema@.geography_gist_union(internal, internal),
  FUNCTION 3 @extschema@.geography_gist_compress(internal),
  FUNCTION 4 @extschema@.geography_gist_decompress(internal),
  FUNCTION 5 @extschema@.geography_gist_penalty(internal, internal, internal),
  FUNCTION 6 @extschema@.geography_gist_picksplit(internal, internal),
  FUNCTION 7 @extschema@.geography_gist_same(bytea, bytea, internal);
