-- expect: column app.project.note created
ALTER TABLE app.project ADD COLUMN note text;
