-- declines back: columns are added at the end.
ALTER TABLE odd.parted DROP COLUMN amount;
