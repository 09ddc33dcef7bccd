-- Every sequence, and those whose parameters or owner this transaction or a later one wrote.
SELECT array_agg(x.seqrelid),
       array_agg(x.seqrelid) FILTER (WHERE age(x.xmin) <= age(%(since)s::xid))
FROM pg_sequence x
