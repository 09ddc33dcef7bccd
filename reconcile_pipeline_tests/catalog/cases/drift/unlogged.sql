-- expect: table app.log altered: persistence
ALTER TABLE app.log SET UNLOGGED;
