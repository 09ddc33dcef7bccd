ALTER TABLE odd."Table.One" RENAME "Dot.Column" TO plain;
ALTER TABLE odd."Table.One" RENAME number TO "new.number";
ALTER TABLE odd.fleeting RENAME id TO identifier;
ALTER TABLE odd.parted RENAME amount TO sum;
ALTER TABLE odd."Table.One" RENAME "ID" TO own_id;
