ALTER TABLE odd.egg ALTER COLUMN hen TYPE bigint;
ALTER TABLE odd."Table.One" ALTER packed TYPE varchar(9);
