-- expect: function app.full_name(text,text) altered: definition security_definer
ALTER FUNCTION app.full_name(text, text) SECURITY DEFINER;
