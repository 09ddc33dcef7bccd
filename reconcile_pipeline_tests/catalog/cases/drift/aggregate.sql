-- expect: aggregate app.total(integer) altered: initcond
CREATE OR REPLACE AGGREGATE app.total(integer)
    (sfunc = int4pl, stype = integer, initcond = '10');
