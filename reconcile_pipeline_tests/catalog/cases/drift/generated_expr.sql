-- expect: column app.project.tax altered: default
ALTER TABLE app.project ALTER COLUMN tax SET EXPRESSION AS (price * 0.07);
