-- Domains, with each CHECK constraint as one line. NOT NULL is a facet of its own: since
-- PostgreSQL 17 it is a constraint too (contype n), which is left out.
-- none without: pg_type t WHERE t.typtype = 'd' AND t.typnamespace IS DISTINCT FROM to_regnamespace('information_schema')
-- scope pg_type: t.oid = ANY ({oids})
SELECT n.nspname || '.' || t.typname AS identity,
       'schema' AS parent_kind, n.nspname::text AS parent_identity,
       'pg_type' AS root_catalog, t.oid AS root_oid,
       format_type(t.typbasetype, t.typtypmod) AS base_type,
       t.typdefault AS "default",
       t.typnotnull AS not_null,
       CASE WHEN t.typcollation <> b.typcollation
            THEN (SELECT quote_ident(cn.nspname) || '.' || quote_ident(co.collname)
                  FROM pg_collation co JOIN pg_namespace cn ON cn.oid = co.collnamespace
                  WHERE co.oid = t.typcollation) END AS collation,
       (SELECT string_agg(quote_ident(k.conname) || ' ' || pg_get_constraintdef(k.oid), E'\n'
                          ORDER BY k.conname)
        FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c') AS constraints,
       (SELECT string_agg(quote_ident(k.conname) || ' ' || kd.description, E'\n'
                          ORDER BY k.conname)
        FROM pg_constraint k
        JOIN pg_description kd ON kd.classoid = 'pg_constraint'::regclass AND kd.objoid = k.oid
        WHERE k.contypid = t.oid AND k.contype = 'c') AS constraint_comments,
       pg_get_userbyid(t.typowner)::text AS owner,
       {acl(t.typacl, 'T', t.typowner)} AS acl,
       d.description AS comment
FROM pg_type t
JOIN pg_namespace n ON n.oid = t.typnamespace
JOIN pg_type b ON b.oid = t.typbasetype
{comment(d, pg_type, t.oid)}
WHERE t.typtype = 'd'
  AND {unmanaged(n.nspname)}
  AND {no_extension(pg_type, t.oid)}
  AND {scope}
ORDER BY 1
