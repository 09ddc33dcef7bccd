ALTER TABLE odd."Table.One" RESET (fillfactor, toast.autovacuum_enabled);
ALTER TABLE odd."Table.One" SET (parallel_workers=3);
ALTER INDEX odd."Table.One_pkey" SET (fillfactor=60);
