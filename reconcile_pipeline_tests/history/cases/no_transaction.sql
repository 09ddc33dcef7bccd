-- pg-delta: transaction=false
CREATE INDEX CONCURRENTLY i ON t (x);
SELECT 1;
