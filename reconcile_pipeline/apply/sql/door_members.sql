-- Of each role that a policy names, the roles that act as it and are no superusers.
SELECT o.oid::bigint,
       ARRAY(SELECT r.oid::bigint FROM pg_catalog.pg_roles r
             WHERE NOT r.rolsuper AND pg_catalog.pg_has_role(r.oid, o.oid, 'USAGE'))
FROM (SELECT DISTINCT unnest(p.polroles) AS oid FROM pg_catalog.pg_policy p) o
WHERE o.oid <> 0
