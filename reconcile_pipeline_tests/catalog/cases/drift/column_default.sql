-- expect: column app.project.title altered: default
ALTER TABLE app.project ALTER COLUMN title SET DEFAULT 'no title';
