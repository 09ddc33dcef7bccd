-- declines back: columns are added at the end.
ALTER TABLE odd."Table.One" DROP COLUMN twice, DROP COLUMN thrice;
