-- expect: enum app.status dropped
DROP TYPE app.status CASCADE;
