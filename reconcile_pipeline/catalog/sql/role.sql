-- Roles that somebody made: not the server's (pg_…), not the bootstrap superuser, not the
-- platform's, not `postgres`. Never a password. Roles belong to the whole server.
-- scope pg_authid: r.oid = ANY ({oids})
SELECT r.rolname::text AS identity,
       NULL::text AS parent_kind, NULL::text AS parent_identity,
       'pg_authid' AS root_catalog, r.oid AS root_oid,
       r.rolsuper AS superuser, r.rolinherit AS inherit, r.rolcreaterole AS create_role,
       r.rolcreatedb AS create_db, r.rolcanlogin AS login, r.rolreplication AS replication,
       r.rolbypassrls AS bypass_rls, r.rolconnlimit AS connection_limit,
       r.rolvaliduntil::text AS valid_until,
       (SELECT string_agg(y.line, E'\n' ORDER BY y.line COLLATE "C")
        FROM (SELECT pg_get_userbyid(m.roleid)
                     || CASE WHEN bool_or(m.admin_option) THEN ' admin' ELSE '' END
                     || CASE WHEN bool_or(m.inherit_option) <> r.rolinherit            -- from 16
                             THEN ' inherit=' || bool_or(m.inherit_option) ELSE '' END -- from 16
                     || CASE WHEN bool_or(m.set_option) THEN '' ELSE ' set=false' END  -- from 16
                     AS line
              FROM pg_auth_members m WHERE m.member = r.oid GROUP BY m.roleid) y) AS member_of,
       (SELECT d.description FROM pg_shdescription d
        WHERE d.classoid = 'pg_authid'::regclass AND d.objoid = r.oid) AS comment
FROM pg_roles r
WHERE r.rolname !~ '^pg_' AND r.oid <> 10 AND r.rolname <> 'postgres'
  AND r.rolname NOT IN ({platform_roles})
  AND {scope}
ORDER BY 1
