-- Tables to fill on a twin, with what their rows must respect; partitions are filled by their root.
SELECT c.oid::int8, n.nspname::text AS schema, c.relname::text AS name,
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'number', a.attnum, 'name', a.attname,
                   'type', format_type(a.atttypid, a.atttypmod),
                   'base', format_type(b.oid, NULL), 'plain', b.typname,
                   'length', CASE WHEN b.typname IN ('varchar', 'bpchar') AND m.typmod > 4
                                  THEN m.typmod - 4 END,
                   'size', CASE WHEN m.typmod > 0 THEN m.typmod END,
                   'array', b.typcategory = 'A', 'category', b.typcategory,
                   'element', CASE WHEN b.typcategory = 'A' THEN e.typname END,
                   'labels', (SELECT jsonb_agg(l.enumlabel ORDER BY l.enumsortorder)
                                FROM pg_catalog.pg_enum l WHERE l.enumtypid = b.oid),
                   'domain_checks', (SELECT jsonb_agg(pg_get_expr(k.conbin, 0))
                                       FROM pg_catalog.pg_constraint k
                                      WHERE k.contypid = a.atttypid AND k.contype = 'c'),
                   'required', a.attnotnull OR t.typnotnull,
                   'given', a.atthasdef OR a.attidentity <> '' OR t.typdefault IS NOT NULL,
                   'generated', a.attgenerated <> '' OR a.attidentity = 'a')
                 ORDER BY a.attnum), '[]')
          FROM pg_catalog.pg_attribute a
          JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
          CROSS JOIN LATERAL (
               WITH RECURSIVE up(id, base, kind, typmod) AS (
                    SELECT t.oid, t.typbasetype, t.typtype, a.atttypmod
                    UNION ALL
                    SELECT d.oid, d.typbasetype, d.typtype,
                           CASE WHEN up.typmod = -1 THEN pt.typtypmod ELSE up.typmod END
                      FROM up JOIN pg_catalog.pg_type pt ON pt.oid = up.id
                      JOIN pg_catalog.pg_type d ON d.oid = up.base WHERE up.kind = 'd')
               SELECT up.id, up.typmod FROM up WHERE up.kind <> 'd') m
          JOIN pg_catalog.pg_type b ON b.oid = m.id
          LEFT JOIN pg_catalog.pg_type e ON e.oid = b.typelem
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'table', k.confrelid::int8, 'own', k.conkey, 'theirs', k.confkey)
                 ORDER BY k.conname), '[]')
          FROM pg_catalog.pg_constraint k
         WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.conparentid = 0) AS keys,
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'columns', k.conkey, 'sql', pg_get_expr(k.conbin, k.conrelid))
                 ORDER BY k.conname), '[]')
          FROM pg_catalog.pg_constraint k
         WHERE k.conrelid = c.oid AND k.contype = 'c') AS checks,
       (SELECT coalesce(jsonb_agg(DISTINCT u.number), '[]')
          FROM pg_catalog.pg_index i, unnest(i.indkey::int2[]) u(number)
         WHERE i.indrelid = c.oid AND (i.indisunique OR i.indisexclusion) AND u.number > 0) AS alone,
       (SELECT coalesce(jsonb_agg(pg_get_expr(p.relpartbound, p.oid)), '[]')
          FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_class p ON p.oid = h.inhrelid
         WHERE h.inhparent = c.oid AND p.relispartition) AS bounds,
       (SELECT coalesce(jsonb_agg(u.number), '[]') FROM pg_catalog.pg_partitioned_table pt,
               unnest(pt.partattrs::int2[]) u(number) WHERE pt.partrelid = c.oid) AS bound_columns
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
   AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'reconcile_shadow')
 ORDER BY 2, 3
