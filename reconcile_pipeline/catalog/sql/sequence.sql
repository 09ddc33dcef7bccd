-- Sequences, their parameters and their owner; never their value. The sequence of an identity
-- column is part of that column. A sequence that a column owns belongs to the column.
-- scope pg_class: c.oid = ANY (ARRAY(SELECT unnest({oids}) UNION ALL SELECT w.objid FROM pg_depend w WHERE w.refclassid = 'pg_class'::regclass AND w.refobjid = ANY ({oids}) AND w.classid = 'pg_class'::regclass AND w.deptype = 'a'))
SELECT n.nspname || '.' || c.relname AS identity,
       CASE WHEN o.objid IS NULL THEN 'schema' ELSE 'column' END AS parent_kind,
       CASE WHEN o.objid IS NULL THEN n.nspname::text
            ELSE tn.nspname || '.' || tc.relname || '.' || ta.attname END AS parent_identity,
       'pg_class' AS root_catalog, coalesce(o.refobjid, c.oid) AS root_oid,
       format_type(s.seqtypid, NULL) AS type,
       s.seqstart AS start, s.seqincrement AS increment, s.seqmin AS min, s.seqmax AS max,
       s.seqcache AS cache, s.seqcycle AS cycle,
       tn.nspname || '.' || tc.relname || '.' || ta.attname AS owned_by,
       CASE c.relpersistence WHEN 'u' THEN 'unlogged' ELSE 'permanent' END AS persistence,
       pg_get_userbyid(c.relowner)::text AS owner,
       {acl(c.relacl, 's', c.relowner)} AS acl,
       d.description AS comment
FROM pg_class c
JOIN pg_sequence s ON s.seqrelid = c.oid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_depend o ON o.classid = 'pg_class'::regclass AND o.objid = c.oid AND o.objsubid = 0
                     AND o.refclassid = 'pg_class'::regclass AND o.deptype IN ('a', 'i')
                     AND o.refobjsubid > 0
LEFT JOIN pg_class tc ON tc.oid = o.refobjid
LEFT JOIN pg_namespace tn ON tn.oid = tc.relnamespace
LEFT JOIN pg_attribute ta ON ta.attrelid = o.refobjid AND ta.attnum = o.refobjsubid
{comment(d, pg_class, c.oid)}
WHERE c.relkind = 'S'
  AND o.deptype IS DISTINCT FROM 'i'
  AND {unmanaged(n.nspname)}
  AND {no_extension(pg_class, c.oid)}
  AND {scope}
ORDER BY 1
