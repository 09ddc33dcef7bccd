-- expect: table app.project altered: options
ALTER TABLE app.project SET (fillfactor = 70);
