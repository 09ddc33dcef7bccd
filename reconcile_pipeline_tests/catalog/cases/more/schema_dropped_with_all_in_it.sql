-- expect: schema app dropped
DROP SCHEMA app CASCADE;
