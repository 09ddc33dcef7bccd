-- expect: function app.full_name(text,text) altered: owner acl
ALTER FUNCTION app.full_name(text, text) OWNER TO app_owner;
