-- Views. Their columns follow from the definition; what can be set on a column is listed.
-- scope pg_class: c.oid = ANY ({oids})
SELECT n.nspname || '.' || c.relname AS identity,
       'schema' AS parent_kind, n.nspname::text AS parent_identity,
       'pg_class' AS root_catalog, c.oid AS root_oid,
       pg_get_viewdef(c.oid) AS definition,
       (SELECT string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod),
                          E'\n' ORDER BY a.attnum)
        FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
       c.reloptions AS options,
       pg_get_userbyid(c.relowner)::text AS owner,
       {acl(c.relacl, 'r', c.relowner)} AS acl,
       (SELECT string_agg(quote_ident(a.attname) || ' '
                          || replace({acl_lines(a.attacl)}, E'\n', ' '),
                          E'\n' ORDER BY a.attnum)
        FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attacl IS NOT NULL) AS column_acl,
       (SELECT string_agg(quote_ident(a.attname) || ' ' || ad.description, E'\n'
                          ORDER BY a.attnum)
        FROM pg_attribute a
        JOIN pg_description ad ON ad.classoid = 'pg_class'::regclass
                              AND ad.objoid = a.attrelid AND ad.objsubid = a.attnum
        WHERE a.attrelid = c.oid AND a.attnum > 0) AS column_comments,
       (SELECT string_agg(quote_ident(a.attname) || ' ' || pg_get_expr(e.adbin, e.adrelid), E'\n'
                          ORDER BY a.attnum)
        FROM pg_attrdef e JOIN pg_attribute a ON a.attrelid = e.adrelid AND a.attnum = e.adnum
        WHERE e.adrelid = c.oid) AS column_defaults,
       d.description AS comment
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
{comment(d, pg_class, c.oid)}
WHERE c.relkind = 'v'
  AND {unmanaged(n.nspname)}
  AND {no_extension(pg_class, c.oid)}
  AND {scope}
ORDER BY 1
