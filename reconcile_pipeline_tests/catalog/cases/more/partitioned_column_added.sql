-- expect: column app.event.note created
ALTER TABLE app.event ADD COLUMN note text;
