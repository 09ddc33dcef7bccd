-- expect: column app.log.line altered: not_null not_null_validated
ALTER TABLE app.log ADD CONSTRAINT line_there NOT NULL line NOT VALID;
