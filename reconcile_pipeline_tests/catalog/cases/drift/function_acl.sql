-- expect: function app.full_name(text,text) altered: acl
REVOKE EXECUTE ON FUNCTION app.full_name(text, text) FROM PUBLIC;
