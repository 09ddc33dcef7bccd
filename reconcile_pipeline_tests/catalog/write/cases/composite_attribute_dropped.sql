DROP TABLE odd.typed;
ALTER TABLE odd."Table.One" DROP COLUMN pairs;
ALTER TYPE odd.pair DROP ATTRIBUTE price;
