-- expect: materialized_view app.project_count altered: definition
DROP MATERIALIZED VIEW app.project_count;
CREATE MATERIALIZED VIEW app.project_count AS
    SELECT client_id, count(*) AS projects FROM app.project WHERE price > 0 GROUP BY client_id;
CREATE UNIQUE INDEX project_count_idx ON app.project_count (client_id);
