-- expect: statistics app.project_stats altered: definition
DROP STATISTICS app.project_stats;
CREATE STATISTICS app.project_stats (ndistinct) ON client_id, status FROM app.project;
