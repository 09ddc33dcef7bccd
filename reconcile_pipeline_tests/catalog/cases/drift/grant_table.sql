-- expect: table app.project altered: acl
GRANT DELETE ON app.project TO authenticated;
