-- expect: function app.full_name(text,text) altered: definition volatility
ALTER FUNCTION app.full_name(text, text) VOLATILE;
