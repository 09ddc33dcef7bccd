-- Columns of tables and foreign tables. `position` is the rank among the live columns, so that a
-- dropped column leaves no trace. An identity column's sequence is part of the column. `default`
-- holds the expression of a generated column too.
-- scope pg_class: a.attrelid = ANY ({oids})
SELECT n.nspname || '.' || c.relname || '.' || a.attname AS identity,
       CASE c.relkind WHEN 'f' THEN 'foreign_table' ELSE 'table' END AS parent_kind,
       n.nspname || '.' || c.relname AS parent_identity,
       'pg_class' AS root_catalog, c.oid AS root_oid,
       a.position,
       format_type(a.atttypid, a.atttypmod) AS type,
       -- Only a generated column's expression names columns; the server opens the table for it.
       CASE a.attgenerated WHEN '' THEN pg_get_expr(e.adbin, 0)
                           ELSE pg_get_expr(e.adbin, e.adrelid) END AS "default",
       a.attnotnull AS not_null,
       nn.oid IS NULL AS not_null_validated,  -- from 18
       true AS not_null_validated,            -- before 18
       CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END AS identity_kind,
       CASE WHEN a.attidentity <> '' THEN (
            SELECT concat_ws(E'\n', 'name=' || sn.nspname || '.' || sc.relname,
                             'type=' || format_type(s.seqtypid, NULL),
                             'start=' || s.seqstart, 'increment=' || s.seqincrement,
                             'min=' || s.seqmin, 'max=' || s.seqmax, 'cache=' || s.seqcache,
                             'cycle=' || s.seqcycle)
            FROM pg_depend o JOIN pg_sequence s ON s.seqrelid = o.objid
            JOIN pg_class sc ON sc.oid = s.seqrelid JOIN pg_namespace sn ON sn.oid = sc.relnamespace
            WHERE o.refclassid = 'pg_class'::regclass AND o.refobjid = a.attrelid
              AND o.refobjsubid = a.attnum AND o.classid = 'pg_class'::regclass
              AND o.deptype = 'i') END AS identity_sequence,
       CASE WHEN a.attidentity <> '' THEN (
            SELECT {acl(sc.relacl, 's', sc.relowner)}
            FROM pg_depend o JOIN pg_class sc ON sc.oid = o.objid AND sc.relkind = 'S'
            WHERE o.refclassid = 'pg_class'::regclass AND o.refobjid = a.attrelid
              AND o.refobjsubid = a.attnum AND o.classid = 'pg_class'::regclass
              AND o.deptype = 'i') END AS identity_acl,
       CASE a.attgenerated WHEN 's' THEN 'stored' WHEN 'v' THEN 'virtual' END AS generated,
       CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text
            END AS collation,
       CASE WHEN a.attstorage <> t.typstorage
            THEN CASE a.attstorage WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external'
                                   WHEN 'm' THEN 'main' ELSE 'extended' END END AS storage,
       CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END AS compression,
       NULLIF(a.attstattarget, -1)::int AS statistics,
       -- pg_attver is a counter of the server's own, kept by Debian's 15.20 and later.
       CASE WHEN a.attoptions IS NOT NULL
            THEN ARRAY(SELECT o FROM unnest(a.attoptions) o WHERE o !~ '^pg_attver=') END AS options,
       CASE WHEN a.attfdwoptions IS NOT NULL THEN {secret(a.attfdwoptions)} END AS fdw_options,
       NOT a.attislocal AS inherited,
       a.attacl AS acl,
       d.description AS comment
-- Ranked below the rest, so that what is asked of one column computes nothing of the others.
FROM (SELECT a.*, (row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum))::int AS position
      FROM pg_attribute a
      JOIN pg_class t ON t.oid = a.attrelid AND t.relkind IN ('r', 'p', 'f')
      WHERE a.attnum > 0 AND NOT a.attisdropped AND {scope}) a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef e ON e.adrelid = a.attrelid AND e.adnum = a.attnum
LEFT JOIN pg_constraint nn ON nn.conrelid = a.attrelid AND nn.contype = 'n'  -- from 18
                          AND nn.conkey[1] = a.attnum AND NOT nn.convalidated  -- from 18
LEFT JOIN pg_description d ON d.classoid = 'pg_class'::regclass AND d.objoid = a.attrelid
                          AND d.objsubid = a.attnum
WHERE {unmanaged(n.nspname)}
  AND {no_extension(pg_class, c.oid)}
ORDER BY 1
