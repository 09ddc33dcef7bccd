-- expect: column app.project.id dropped
ALTER TABLE app.project DROP COLUMN id CASCADE;
