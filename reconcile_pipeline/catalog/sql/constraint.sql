-- Constraints of tables. NOT NULL (contype n, since PostgreSQL 18) is a facet of the column, and
-- a constraint trigger (contype t) is a trigger. What a partition or a child table inherits
-- follows from its parent. The index behind a constraint is part of the constraint.
-- scope pg_class: k.conrelid = ANY ({oids})
-- scope pg_constraint: k.oid = ANY ({oids})
SELECT n.nspname || '.' || c.relname || '.' || k.conname AS identity,
       CASE c.relkind WHEN 'f' THEN 'foreign_table' ELSE 'table' END AS parent_kind,
       n.nspname || '.' || c.relname AS parent_identity,
       'pg_class' AS root_catalog, c.oid AS root_oid,
       CASE k.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' WHEN 'x' THEN 'exclude'
                      WHEN 'f' THEN 'foreign key' ELSE 'check' END AS type,
       pg_get_constraintdef(k.oid) AS definition,
       CASE WHEN k.contype = 'f' THEN fn.nspname || '.' || f.relname END AS "references",
       k.convalidated AS validated,
       k.condeferrable AS deferrable,
       k.condeferred AS deferred,
       k.conenforced AS enforced,  -- from 18
       true AS enforced,           -- before 18
       CASE WHEN ic.relname <> k.conname THEN ic.relname::text END AS index,
       i.indisvalid AS index_valid,
       ic.reloptions AS index_options,
       ts.spcname::text AS tablespace,
       id.description AS index_comment,
       d.description AS comment
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class f ON f.oid = k.confrelid
LEFT JOIN pg_namespace fn ON fn.oid = f.relnamespace
LEFT JOIN pg_index i ON i.indexrelid = k.conindid AND k.contype IN ('p', 'u', 'x')
LEFT JOIN pg_class ic ON ic.oid = i.indexrelid
LEFT JOIN pg_tablespace ts ON ts.oid = ic.reltablespace
{comment(id, pg_class, ic.oid)}
{comment(d, pg_constraint, k.oid)}
WHERE k.contype IN ('p', 'u', 'x', 'f', 'c')
  AND k.conparentid = 0 AND (k.conislocal OR k.coninhcount = 0)
  AND {unmanaged(n.nspname)}
  AND {no_extension(pg_class, c.oid)}
  AND {scope}
ORDER BY 1
