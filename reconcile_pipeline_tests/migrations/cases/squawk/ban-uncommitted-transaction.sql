BEGIN;
CREATE TABLE t (id bigint);
