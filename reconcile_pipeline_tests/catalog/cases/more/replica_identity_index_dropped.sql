-- expect: index app.project_replica_idx dropped
DROP INDEX app.project_replica_idx;
