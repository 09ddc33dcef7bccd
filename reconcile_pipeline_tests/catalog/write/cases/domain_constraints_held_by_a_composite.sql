-- declines back: an array of a composite type holds the domain, and PostgreSQL cannot check that.
ALTER DOMAIN odd.code DROP CONSTRAINT upper_case;
ALTER DOMAIN odd.code ADD CONSTRAINT other CHECK (VALUE <> 'x') NOT VALID;
ALTER DOMAIN odd.code DROP NOT NULL;
