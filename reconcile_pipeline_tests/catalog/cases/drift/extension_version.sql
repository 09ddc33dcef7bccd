-- expect: extension citext altered: version
ALTER EXTENSION citext UPDATE;
