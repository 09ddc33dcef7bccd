-- Event triggers, but for the platform's: those whose function is managed or an extension's.
-- none without: pg_event_trigger
-- scope pg_event_trigger: e.oid = ANY ({oids})
SELECT e.evtname::text AS identity,
       NULL::text AS parent_kind, NULL::text AS parent_identity,
       'pg_event_trigger' AS root_catalog, e.oid AS root_oid,
       e.evtevent::text AS event,
       e.evttags AS tags,
       fn.nspname || '.' || f.proname AS function,
       CASE e.evtenabled WHEN 'O' THEN 'origin' WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica'
                         ELSE 'always' END AS enabled,
       pg_get_userbyid(e.evtowner)::text AS owner,
       d.description AS comment
FROM pg_event_trigger e
JOIN pg_proc f ON f.oid = e.evtfoid
JOIN pg_namespace fn ON fn.oid = f.pronamespace
{comment(d, pg_event_trigger, e.oid)}
WHERE {unmanaged(fn.nspname)}
  AND {no_extension(pg_event_trigger, e.oid)}
  AND {no_extension(pg_proc, f.oid)}
  AND {scope}
ORDER BY 1
