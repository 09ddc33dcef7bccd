ALTER TABLE odd.parted ALTER COLUMN amount TYPE double precision;
