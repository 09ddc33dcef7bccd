ALTER TABLE odd.empty ADD COLUMN first text;
ALTER TABLE odd.unkeyed ADD COLUMN "b.c" int;
ALTER TABLE odd.unkeyed ADD COLUMN c2 int;
