DROP VIEW odd.grouped;
CREATE TABLE odd.grouped (x int);
