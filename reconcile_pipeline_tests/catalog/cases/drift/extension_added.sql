-- expect: extension hstore created
CREATE EXTENSION hstore SCHEMA extensions;
