-- expect: column app.project.body altered: not_null
ALTER TABLE app.project ALTER COLUMN body SET NOT NULL;
