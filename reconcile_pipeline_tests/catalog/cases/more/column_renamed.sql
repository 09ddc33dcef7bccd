-- expect: column app.project.title dropped
-- expect: column app.project.name created
-- Constraints, views and comments follow the column.
ALTER TABLE app.project RENAME COLUMN title TO name;
