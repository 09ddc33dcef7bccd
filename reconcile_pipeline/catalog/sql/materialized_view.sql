-- Materialized views. Whether one is filled is data, not schema.
-- none without: pg_class c WHERE c.relkind = 'm'
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
       (SELECT string_agg(concat_ws(' ', quote_ident(a.attname),
                                    'storage=' || NULLIF(a.attstorage, at.typstorage)::text,
                                    'statistics=' || NULLIF(a.attstattarget, -1),
                                    NULLIF(regexp_replace(array_to_string(a.attoptions, ' '),
                                                          'pg_attver=\d+ ?', ''), '')),
                          E'\n' ORDER BY a.attnum)
        FROM pg_attribute a JOIN pg_type at ON at.oid = a.atttypid
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
          AND (a.attstorage <> at.typstorage OR a.attstattarget <> -1
               OR EXISTS (SELECT FROM unnest(a.attoptions) o
                          WHERE o !~ '^pg_attver='))) AS column_options,
       am.amname::text AS access_method,
       ts.spcname::text AS tablespace,
       d.description AS comment
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_am am ON am.oid = c.relam
LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace
{comment(d, pg_class, c.oid)}
WHERE c.relkind = 'm'
  AND {unmanaged(n.nspname)}
  AND {no_extension(pg_class, c.oid)}
  AND {scope}
ORDER BY 1
