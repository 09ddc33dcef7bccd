-- expect: function app.full_name(text,text) altered: definition config
ALTER FUNCTION app.full_name(text, text) SET search_path = 'app', 'public';
