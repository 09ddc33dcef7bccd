CREATE TABLE t (id int);
CREATE TABLE t (id integer PRIMARY KEY);
CREATE TABLE t (id serial);
