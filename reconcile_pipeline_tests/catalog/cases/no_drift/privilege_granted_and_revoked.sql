GRANT DELETE ON app.client TO anon;
REVOKE DELETE ON app.client FROM anon;
GRANT SELECT (email) ON app.client TO anon;
REVOKE SELECT (email) ON app.client FROM anon;
