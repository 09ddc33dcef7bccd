-- expect: column app.client.email altered: acl
GRANT SELECT (email) ON app.client TO anon;
