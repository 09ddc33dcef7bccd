CREATE TABLE t (id smallint);
CREATE TABLE t (id smallserial);
