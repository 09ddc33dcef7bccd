-- expect: column app.project.body altered: statistics
ALTER TABLE app.project ALTER COLUMN body SET STATISTICS 500;
