-- Row versions of every catalog that a snapshot is read from: how many rows, and the sum of the
-- transactions that wrote them, counted from transaction 100 so that the age of a row does not
-- change it. Views stand in for catalogs that only a superuser may read. Of pg_depend only
-- extension membership is read alone; its other rows change together with the object's own.
SELECT 'pg_class' AS catalog, count(*), sum(age('100'::xid) - age(xmin)) FROM pg_catalog.pg_class
UNION ALL
SELECT 'pg_attribute', count(*), sum(age('100'::xid) - age(xmin)) FROM pg_catalog.pg_attribute
