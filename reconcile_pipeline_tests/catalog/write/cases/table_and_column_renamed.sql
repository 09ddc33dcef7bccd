ALTER TABLE odd.hen RENAME id TO nr;
ALTER TABLE odd.egg RENAME TO eggs;
