-- expect: materialized_view app.project_count altered: column_options
ALTER MATERIALIZED VIEW app.project_count ALTER COLUMN projects SET STATISTICS 10;
