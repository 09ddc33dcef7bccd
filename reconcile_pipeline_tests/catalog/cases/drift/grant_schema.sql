-- expect: schema app altered: acl
GRANT USAGE ON SCHEMA app TO anon;
