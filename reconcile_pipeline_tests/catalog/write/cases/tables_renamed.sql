ALTER TABLE odd."Table.One" RENAME TO "two.Tables";
ALTER TABLE odd.parted RENAME TO parted_new;
