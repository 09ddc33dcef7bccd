ALTER TABLE odd.egg ADD COLUMN k "Odd.Schema"."My.Enum";
ALTER TABLE odd."Table.One" ALTER kind DROP DEFAULT;
