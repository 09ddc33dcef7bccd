-- Every sequence, and whether this transaction or a later one wrote its parameters or its owner.
SELECT x.seqrelid, age(x.xmin) <= age(%(since)s::xid) FROM pg_sequence x
