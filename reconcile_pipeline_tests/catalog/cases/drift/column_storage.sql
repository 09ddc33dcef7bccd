-- expect: column app.project.body altered: storage
ALTER TABLE app.project ALTER COLUMN body SET STORAGE EXTERNAL;
