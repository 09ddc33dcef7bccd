-- Text search configurations, dictionaries, parsers and templates: `schema.name:type`, since the
-- four may share a name.
-- none without: (SELECT oid FROM pg_ts_config UNION ALL SELECT oid FROM pg_ts_dict UNION ALL SELECT oid FROM pg_ts_parser UNION ALL SELECT oid FROM pg_ts_template) x WHERE x.oid >= 16384
-- scope pg_ts_config: x.catalog = 'pg_ts_config' AND x.oid = ANY ({oids})
-- scope pg_ts_dict: x.catalog = 'pg_ts_dict' AND x.oid = ANY ({oids})
-- scope pg_ts_parser: x.catalog = 'pg_ts_parser' AND x.oid = ANY ({oids})
-- scope pg_ts_template: x.catalog = 'pg_ts_template' AND x.oid = ANY ({oids})
SELECT n.nspname || '.' || x.name || ':' || x.type AS identity,
       'schema' AS parent_kind, n.nspname::text AS parent_identity,
       x.catalog AS root_catalog, x.oid AS root_oid,
       x.definition,
       CASE WHEN x.owner <> 0 THEN pg_get_userbyid(x.owner)::text END AS owner,
       d.description AS comment
FROM (
    SELECT 'configuration' AS type, 'pg_ts_config' AS catalog, c.oid, c.cfgname AS name,
           c.cfgnamespace AS namespace, c.cfgowner AS owner,
           'parser ' || pn.nspname || '.' || p.prsname
           || coalesce(E'\n' || (
               SELECT string_agg(t.alias || ' ' || m.dictionaries, E'\n' ORDER BY t.alias)
               FROM ts_token_type(c.cfgparser) t
               JOIN (SELECT w.maptokentype,
                            string_agg(w.mapdict::regdictionary::text, ',' ORDER BY w.mapseqno)
                                AS dictionaries
                     FROM pg_ts_config_map w WHERE w.mapcfg = c.oid GROUP BY w.maptokentype) m
                 ON m.maptokentype = t.tokid), '') AS definition
    FROM pg_ts_config c
    JOIN pg_ts_parser p ON p.oid = c.cfgparser
    JOIN pg_namespace pn ON pn.oid = p.prsnamespace
    WHERE c.oid >= 16384
    UNION ALL
    SELECT 'dictionary', 'pg_ts_dict', c.oid, c.dictname, c.dictnamespace, c.dictowner,
           'template ' || pn.nspname || '.' || p.tmplname || coalesce(E'\n' || c.dictinitoption, '')
    FROM pg_ts_dict c
    JOIN pg_ts_template p ON p.oid = c.dicttemplate
    JOIN pg_namespace pn ON pn.oid = p.tmplnamespace
    WHERE c.oid >= 16384
    UNION ALL
    SELECT 'parser', 'pg_ts_parser', c.oid, c.prsname, c.prsnamespace, 0,
           concat_ws(E'\n', 'start ' || c.prsstart, 'gettoken ' || c.prstoken, 'end ' || c.prsend,
                     'lextypes ' || c.prslextype, 'headline ' || NULLIF(c.prsheadline, 0))
    FROM pg_ts_parser c
    WHERE c.oid >= 16384
    UNION ALL
    SELECT 'template', 'pg_ts_template', c.oid, c.tmplname, c.tmplnamespace, 0,
           concat_ws(E'\n', 'init ' || NULLIF(c.tmplinit, 0)::regproc, 'lexize ' || c.tmpllexize)
    FROM pg_ts_template c
    WHERE c.oid >= 16384
) x
JOIN pg_namespace n ON n.oid = x.namespace
LEFT JOIN pg_description d ON d.classoid = ('pg_catalog.' || x.catalog)::regclass
                          AND d.objoid = x.oid AND d.objsubid = 0
WHERE {unmanaged(n.nspname)}
  AND NOT EXISTS (SELECT FROM pg_depend g
                  WHERE g.classid = ('pg_catalog.' || x.catalog)::regclass AND g.objid = x.oid
                    AND g.refclassid = 'pg_extension'::regclass AND g.deptype = 'e')
  AND {scope}
ORDER BY 1
