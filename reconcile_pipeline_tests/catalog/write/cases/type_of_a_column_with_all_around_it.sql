-- declines back: columns are added at the end.
DROP VIEW odd.grouped;
ALTER TABLE odd."Table.One" ALTER twice SET EXPRESSION AS (1), DROP thrice;
ALTER TABLE odd."Table.One" ALTER number TYPE bigint;
ALTER TABLE odd."Table.One" ALTER twice SET EXPRESSION AS (number*2);
CREATE VIEW odd.grouped AS SELECT "ID", "Dot.Column", count(*) FROM odd."Table.One" GROUP BY "ID";
CREATE TRIGGER through INSTEAD OF UPDATE ON odd.grouped FOR EACH ROW EXECUTE FUNCTION odd.fire();
