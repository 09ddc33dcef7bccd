-- expect: constraint app.project.project_price_check altered: definition validated
ALTER TABLE app.project DROP CONSTRAINT project_price_check;
ALTER TABLE app.project ADD CONSTRAINT project_price_check CHECK (price >= 0) NOT VALID;
