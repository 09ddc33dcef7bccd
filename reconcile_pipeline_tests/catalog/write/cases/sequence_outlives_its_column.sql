-- declines back: columns are added at the end.
ALTER SEQUENCE odd."own,ed" OWNED BY NONE;
ALTER TABLE odd."Table.One" DROP COLUMN packed;
ALTER SEQUENCE odd.fleeting_id_seq OWNED BY NONE;
DROP TABLE odd.fleeting;
