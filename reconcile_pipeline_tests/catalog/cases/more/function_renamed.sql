-- expect: function app.touch() dropped
-- expect: function app.stamp() created
ALTER FUNCTION app.touch() RENAME TO stamp;
