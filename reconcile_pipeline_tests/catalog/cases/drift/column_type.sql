-- expect: column app.project.tags altered: type
ALTER TABLE app.project ALTER COLUMN tags TYPE varchar(50);
