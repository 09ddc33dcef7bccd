-- expect: function app.full_name(text,text) altered: definition parallel cost
ALTER FUNCTION app.full_name(text, text) PARALLEL SAFE COST 7;
