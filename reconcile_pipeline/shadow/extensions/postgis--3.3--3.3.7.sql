-- The second part of the stand-in: casts, functions, aggregates, tables and views.
CREATE CAST (text AS @extschema@.geometry) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (@extschema@.geometry AS text) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (@extschema@.geometry AS @extschema@.geography) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (@extschema@.geography AS @extschema@.geometry) WITHOUT FUNCTION;
CREATE CAST (@extschema@.box2d AS @extschema@.geometry) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (@extschema@.geometry AS @extschema@.box2d) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (@extschema@.geometry AS @extschema@.box3d) WITHOUT FUNCTION AS IMPLICIT;
CREATE TYPE @extschema@.geometry_dump AS (path integer[], geom @extschema@.geometry);
CREATE TYPE @extschema@.valid_detail AS (
  valid bool, reason varchar, location @extschema@.geometry);

CREATE TABLE @extschema@.spatial_ref_sys (
  srid integer NOT NULL PRIMARY KEY CHECK (srid > 0 AND srid <= 998999),
  auth_name varchar(256),
  auth_srid integer,
  srtext varchar(2048),
  proj4text varchar(2048)
);
GRANT SELECT ON @extschema@.spatial_ref_sys TO PUBLIC;

-- What a location's text can tell.
CREATE FUNCTION @extschema@.st_setsrid(geom @extschema@.geometry, srid integer)
RETURNS @extschema@.geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp AS $$
  SELECT ('SRID=' || $2 || ';' || regexp_replace($1::text, '^SRID=[0-9]+;', ''))::@extschema@.geometry
$$;
CREATE FUNCTION @extschema@.st_srid(geom @extschema@.geometry) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(substring($1::text FROM '^SRID=([0-9]+);')::int, 0) $$;
CREATE FUNCTION @extschema@.st_astext(@extschema@.geometry) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT regexp_replace($1::text, '^SRID=[0-9]+;', '') $$;
CREATE FUNCTION @extschema@.st_astext(@extschema@.geography) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT regexp_replace($1::@extschema@.geometry::text, '^SRID=[0-9]+;', '') $$;
CREATE FUNCTION @extschema@.st_makepoint(float8, float8) RETURNS @extschema@.geometry
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT ('POINT(' || $1 || ' ' || $2 || ')')::@extschema@.geometry $$;
CREATE FUNCTION @extschema@.st_point(float8, float8) RETURNS @extschema@.geometry
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT ('POINT(' || $1 || ' ' || $2 || ')')::@extschema@.geometry $$;
CREATE FUNCTION @extschema@.st_point(float8, float8, srid integer) RETURNS @extschema@.geometry
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT ('SRID=' || $3 || ';POINT(' || $1 || ' ' || $2 || ')')::@extschema@.geometry $$;
CREATE FUNCTION @extschema@.st_x(@extschema@.geometry) RETURNS float8
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT substring($1::text FROM 'POINT ?\( *([-+.0-9eE]+)')::float8 $$;
CREATE FUNCTION @extschema@.st_y(@extschema@.geometry) RETURNS float8
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT substring($1::text FROM 'POINT ?\( *[-+.0-9eE]+ +([-+.0-9eE]+)')::float8 $$;
CREATE FUNCTION @extschema@.st_transform(@extschema@.geometry, integer)
RETURNS @extschema@.geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT @extschema@.st_setsrid($1, $2) $$;
CREATE FUNCTION @extschema@.addgeometrycolumn(
  schema_name varchar, table_name varchar, column_name varchar, new_srid integer, new_type varchar,
  new_dim integer, use_typmod boolean DEFAULT true)
RETURNS text LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s%I ADD COLUMN %I @extschema@.geometry(%s,%s)',
    CASE WHEN $1 = '' THEN '' ELSE quote_ident($1) || '.' END, $2, $3, $5, $4);
  RETURN format('%s.%s.%s SRID:%s TYPE:%s DIMS:%s', $1, $2, $3, $4, $5, $6);
END $$;
CREATE FUNCTION @extschema@.addgeometrycolumn(
  table_name varchar, column_name varchar, new_srid integer, new_type varchar, new_dim integer,
  use_typmod boolean DEFAULT true)
RETURNS text LANGUAGE sql
AS $$ SELECT @extschema@.addgeometrycolumn('', $1, $2, $3, $4, $5, $6) $$;

-- The rest by its signature alone. G is geometry, H geography, F float8, B bool, I integer.
DO $outer$
DECLARE
  line text;
  kept text[];
BEGIN
  PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
  FOREACH line IN ARRAY string_to_array(regexp_replace($list$
st_makepoint(F, F, F) G; st_makepoint(F, F, F, F) G; st_makepointm(F, F, F) G
st_pointz(F, F, F) G; st_geomfromtext(text) G; st_geomfromtext(text, I) G
st_geometryfromtext(text) G; st_geometryfromtext(text, I) G; st_geomfromewkt(text) G
st_geomfromwkb(bytea) G; st_geomfromwkb(bytea, I) G; st_geomfromewkb(bytea) G
st_geomfromgeojson(text) G; st_geomfromgeojson(json) G; st_geomfromgeojson(jsonb) G
st_geomfromkml(text) G; st_geomfromgeohash(text, I = NULL) G; st_pointfromgeohash(text, I = NULL) G
st_pointfromtext(text) G; st_pointfromtext(text, I) G; st_polygonfromtext(text) G
st_polygonfromtext(text, I) G; st_linefromtext(text) G; st_linefromtext(text, I) G
st_geogfromtext(text) H; st_geographyfromtext(text) H; st_geogfromwkb(bytea) H
st_asgeojson(G, I = 9, I = 8) text; st_asgeojson(H, I = 9, I = 0) text
st_asewkt(G) text; st_asewkt(H) text; st_asewkt(G, I) text; st_astext(G, I) text; st_astext(H, I) text
st_asbinary(G) bytea; st_asbinary(H) bytea; st_asewkb(G) bytea; st_ashexewkb(G) text
st_assvg(G, I = 0, I = 15) text; st_askml(G, I = 15, text = '') text; st_asgml(G, I = 15, I = 0) text
st_geohash(G, I = 0) text; st_geohash(H, I = 0) text; st_geometrytype(G) text; geometrytype(G) text
st_z(G) F; st_m(G) F; st_srid(H) I; st_dimension(G) I; st_ndims(G) smallint; st_coorddim(G) smallint
st_npoints(G) I; st_numpoints(G) I; st_numgeometries(G) I; st_numinteriorrings(G) I
st_geometryn(G, I) G; st_pointn(G, I) G; st_startpoint(G) G; st_endpoint(G) G; st_exteriorring(G) G
st_interiorringn(G, I) G; st_boundary(G) G; st_envelope(G) G; st_centroid(G) G
st_centroid(H, use_spheroid B = true) H; st_pointonsurface(G) G; st_convexhull(G) G
st_concavehull(G, F, B = false) G; st_distance(G, G) F; st_distance(H, H, use_spheroid B = true) F
st_3ddistance(G, G) F; st_maxdistance(G, G) F; st_distancesphere(G, G) F
st_distancespheroid(G, G) F; st_dwithin(G, G, F) B; st_dwithin(H, H, F, use_spheroid B = true) B
st_dwithin(text, text, F) B; st_distance(text, text) F; st_dfullywithin(G, G, F) B
st_intersects(G, G) B; st_intersects(H, H) B; st_contains(G, G) B; st_containsproperly(G, G) B
st_within(G, G) B; st_covers(G, G) B; st_covers(H, H) B; st_coveredby(G, G) B; st_coveredby(H, H) B
st_overlaps(G, G) B; st_touches(G, G) B; st_crosses(G, G) B; st_disjoint(G, G) B; st_equals(G, G) B
st_orderingequals(G, G) B; st_relate(G, G) text; st_relate(G, G, text) B; st_hausdorffdistance(G, G) F
st_area(G) F; st_area(H, use_spheroid B = true) F; st_length(G) F; st_length(H, use_spheroid B = true) F
st_length2d(G) F; st_3dlength(G) F; st_perimeter(G) F; st_perimeter(H, use_spheroid B = true) F
st_azimuth(G, G) F; st_azimuth(H, H) F; st_angle(G, G, G) F; st_isvalid(G) B; st_isvalidreason(G) text
st_isempty(G) B; st_issimple(G) B; st_isclosed(G) B; st_isring(G) B; st_hasarc(G) B
st_makevalid(G) G; st_makevalid(G, text) G; st_buffer(G, F, options text = '') G; st_buffer(H, F) H
st_buffer(G, F, I) G; st_buffer(H, F, I) H; st_buffer(H, F, text) H; st_intersection(G, G) G
st_intersection(H, H) H; st_difference(G, G) G; st_symdifference(G, G) G; st_union(G, G) G
st_union(G[]) G; st_collect(G, G) G; st_collect(G[]) G; st_makeline(G, G) G; st_makeline(G[]) G
st_makepolygon(G) G; st_makepolygon(G, G[]) G; st_polygon(G, I) G; st_buildarea(G) G
st_makeenvelope(F, F, F, F, I = 0) G; st_tileenvelope(I, I, I) G; st_makebox2d(G, G) box2d
st_expand(G, F) G; st_expand(box2d, F) box2d; st_simplify(G, F) G; st_simplify(G, F, B) G
st_simplifypreservetopology(G, F) G; st_simplifyvw(G, F) G; st_snaptogrid(G, F) G; st_snap(G, G, F) G
st_subdivide(G, I = 256) SETOF G; st_force2d(G) G; st_force3d(G) G; st_force3dz(G) G; st_force4d(G) G
st_forcecollection(G) G; st_forcerhr(G) G; st_multi(G) G; st_reverse(G) G; st_flipcoordinates(G) G
st_normalize(G) G; st_linemerge(G) G; st_linesubstring(G, F, F) G; st_lineinterpolatepoint(G, F) G
st_linelocatepoint(G, G) F; st_closestpoint(G, G) G; st_shortestline(G, G) G; st_segmentize(G, F) G
st_segmentize(H, F) H; st_project(H, F, F) H; st_translate(G, F, F) G; st_scale(G, F, F) G
st_rotate(G, F) G; st_transscale(G, F, F, F, F) G; st_transform(G, text) G; st_transform(G, text, text) G
st_collectionextract(G) G; st_collectionextract(G, I) G; st_collectionhomogenize(G) G
st_generatepoints(G, I) G; st_voronoipolygons(G, F = 0, G = NULL) G; st_delaunaytriangles(G) G
st_minimumboundingcircle(G, I = 48) G; st_offsetcurve(G, F, text = '') G; st_removerepeatedpoints(G, F = 0) G
st_addpoint(G, G) G; st_addpoint(G, G, I) G; st_setpoint(G, I, G) G; st_removepoint(G, I) G
st_dump(G) SETOF geometry_dump; st_dumppoints(G) SETOF geometry_dump; st_dumprings(G) SETOF geometry_dump
st_isvaliddetail(G) valid_detail; st_asmvtgeom(G, box2d, I = 4096, I = 256, B = true) G
st_xmin(box3d) F; st_xmax(box3d) F; st_ymin(box3d) F; st_ymax(box3d) F; st_zmin(box3d) F; st_zmax(box3d) F
box2d(G) box2d; box3d(G) box3d; st_memsize(G) I; st_summary(G) text; st_clusterdbscan(G, F, I) I
st_estimatedextent(text, text, text) box2d; postgis_version() text; postgis_lib_version() text
postgis_full_version() text; postgis_extensions_upgrade() text; find_srid(varchar, varchar, varchar) I
updategeometrysrid(varchar, varchar, I) text; populate_geometry_columns(use_typmod B = true) text
dropgeometrycolumn(varchar, varchar) text; postgis_typmod_type(I) text; postgis_typmod_srid(I) I
  $list$, '\s*\n\s*', ';', 'g'), ';') LOOP
    CONTINUE WHEN trim(line) = '';
    kept := regexp_match(trim(line), '^(\w+)\((.*)\) ((?:SETOF )?)([\w]+)$');
    line := regexp_replace(kept[2], '\mG\M', '@extschema@.geometry', 'g');
    line := regexp_replace(line, '\mH\M', '@extschema@.geography', 'g');
    line := regexp_replace(line, '(?<!\.)\m(box2d|box3d)\M', '@extschema@.\1', 'g');
    line := replace(regexp_replace(line, '\mF\M', 'float8', 'g'), ' = ', ' DEFAULT ');
    line := regexp_replace(regexp_replace(line, '\mB\M', 'bool', 'g'), '\mI\M', 'int4', 'g');
    kept[4] := CASE kept[4] WHEN 'G' THEN '@extschema@.geometry' WHEN 'H' THEN '@extschema@.geography'
      WHEN 'F' THEN 'float8' WHEN 'B' THEN 'bool' WHEN 'I' THEN 'int4'
      WHEN 'text' THEN 'text' WHEN 'bytea' THEN 'bytea' WHEN 'smallint' THEN 'smallint'
      ELSE '@extschema@.' || kept[4] END;
    EXECUTE format('CREATE FUNCTION @extschema@.%s(%s) RETURNS %s LANGUAGE sql IMMUTABLE PARALLEL SAFE'
      ' AS %L', kept[1], line, kept[3] || kept[4], format(CASE
        WHEN kept[1] ~ '(geo\w*|point|polygon|line)from(text|ewkt)$' THEN 'SELECT $1::%s'
        WHEN kept[1] ~ '^postgis_(lib_)?version' THEN 'SELECT ''3.3''::%s'
        WHEN kept[3] <> '' THEN 'SELECT NULL::%s WHERE false'
        ELSE 'SELECT NULL::%s' END, kept[4]));
  END LOOP;
END $outer$;

CREATE FUNCTION @extschema@.st_first(@extschema@.geometry, @extschema@.geometry)
RETURNS @extschema@.geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT $1 $$;
CREATE FUNCTION @extschema@.st_first_record(bytea, anyelement) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT $1 $$;
CREATE FUNCTION @extschema@.st_first_record(bytea, anyelement, text) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT $1 $$;
CREATE FUNCTION @extschema@.st_as_box(@extschema@.geometry) RETURNS @extschema@.box2d
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT $1::@extschema@.box2d $$;
CREATE AGGREGATE @extschema@.st_union(@extschema@.geometry)
  (SFUNC = @extschema@.st_first, STYPE = @extschema@.geometry);
CREATE AGGREGATE @extschema@.st_collect(@extschema@.geometry)
  (SFUNC = @extschema@.st_first, STYPE = @extschema@.geometry);
CREATE AGGREGATE @extschema@.st_makeline(@extschema@.geometry)
  (SFUNC = @extschema@.st_first, STYPE = @extschema@.geometry);
CREATE AGGREGATE @extschema@.st_polygonize(@extschema@.geometry)
  (SFUNC = @extschema@.st_first, STYPE = @extschema@.geometry);
CREATE AGGREGATE @extschema@.st_extent(@extschema@.geometry)
  (SFUNC = @extschema@.st_first, STYPE = @extschema@.geometry, FINALFUNC = @extschema@.st_as_box);
CREATE AGGREGATE @extschema@.st_asmvt(anyelement)
  (SFUNC = @extschema@.st_first_record, STYPE = bytea);
CREATE AGGREGATE @extschema@.st_asmvt(anyelement, text)
  (SFUNC = @extschema@.st_first_record, STYPE = bytea);

CREATE VIEW @extschema@.geometry_columns AS
SELECT current_database()::varchar(256) AS f_table_catalog, n.nspname AS f_table_schema,
       c.relname AS f_table_name, a.attname AS f_geometry_column, 2 AS coord_dimension, 0 AS srid,
       'GEOMETRY'::varchar(30) AS type
  FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE a.atttypid = '@extschema@.geometry'::regtype AND NOT a.attisdropped;
CREATE VIEW @extschema@.geography_columns AS
SELECT current_database()::varchar(256) AS f_table_catalog, n.nspname AS f_table_schema,
       c.relname AS f_table_name, a.attname AS f_geography_column, 2 AS coord_dimension,
       4326 AS srid, 'Geometry'::text AS type
  FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE a.atttypid = '@extschema@.geography'::regtype AND NOT a.attisdropped;
GRANT SELECT ON @extschema@.geometry_columns, @extschema@.geography_columns TO PUBLIC;
