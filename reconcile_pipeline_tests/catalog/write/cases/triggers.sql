ALTER TABLE odd.hen DISABLE TRIGGER moved;
DROP TRIGGER each_part ON odd.parted;
DROP FUNCTION odd.fire CASCADE;
