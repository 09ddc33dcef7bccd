-- expect: table app.project altered: owner acl
ALTER TABLE app.project OWNER TO app_owner;
