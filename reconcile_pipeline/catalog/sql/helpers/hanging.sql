-- Tables on which triggers, policies or publications in these buckets hang. A platform's own table
-- is in no snapshot, and so no root of before, until a user's trigger hangs on it.
SELECT 'pg_class', x.tgrelid FROM pg_trigger x
WHERE cardinality(%(pg_trigger)s::int[]) > 0  -- else the catalog is not read at all
  AND NOT x.tgisinternal AND (x.tgrelid::int8 & 255)::int = ANY (%(pg_trigger)s::int[])
UNION
SELECT 'pg_class', x.polrelid FROM pg_policy x
WHERE (x.polrelid::int8 & 255)::int = ANY (%(pg_policy)s::int[])
UNION
SELECT 'pg_class', x.prrelid FROM pg_publication_rel x
WHERE (x.prrelid::int8 & 255)::int = ANY (%(pg_publication_rel)s::int[])
