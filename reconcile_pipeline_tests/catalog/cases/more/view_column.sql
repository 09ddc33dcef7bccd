-- expect: view app.open_project altered: column_acl column_comments column_defaults
GRANT SELECT (title) ON app.open_project TO anon;
COMMENT ON COLUMN app.open_project.title IS 'As on the invoice';
ALTER VIEW app.open_project ALTER COLUMN title SET DEFAULT 'x';
