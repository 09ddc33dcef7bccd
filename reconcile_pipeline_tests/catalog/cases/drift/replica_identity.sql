-- expect: table app.project altered: replica_identity
ALTER TABLE app.project REPLICA IDENTITY FULL;
