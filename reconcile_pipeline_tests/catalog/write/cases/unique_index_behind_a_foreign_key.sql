ALTER TABLE odd.pointing DROP CONSTRAINT pointing_b_a_fkey;
DROP INDEX odd.by_both;
