-- expect: table app.project altered: acl
GRANT SELECT ON app.project TO authenticated WITH GRANT OPTION;
