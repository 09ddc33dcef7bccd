-- expect: column app.project.tags dropped
ALTER TABLE app.project DROP COLUMN tags;
