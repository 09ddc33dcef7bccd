-- expect: function app.touch() dropped
DROP FUNCTION app.touch() CASCADE;
