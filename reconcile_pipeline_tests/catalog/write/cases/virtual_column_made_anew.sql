-- declines back: columns are added at the end.
-- declines forth: it would have to be made anew, and is not the last one there.
ALTER TABLE odd."Table.One" DROP COLUMN thrice, ADD COLUMN thrice int GENERATED ALWAYS AS (number*5) VIRTUAL;
