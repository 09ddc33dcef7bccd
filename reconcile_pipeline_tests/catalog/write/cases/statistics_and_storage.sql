ALTER STATISTICS odd."Stat.One" SET STATISTICS 5;
ALTER INDEX odd."Index, one" ALTER COLUMN 2 SET STATISTICS -1;
ALTER INDEX odd."Index, one" SET (fillfactor=60);
ALTER TABLE odd."Table.One" ALTER number RESET (n_distinct), ALTER packed SET STORAGE MAIN, ALTER packed SET COMPRESSION default;
