-- expect: table app.event_2024 altered: partition_bound
ALTER TABLE app.event DETACH PARTITION app.event_2024;
ALTER TABLE app.event ATTACH PARTITION app.event_2024
    FOR VALUES FROM ('2024-01-01') TO ('2024-07-01');
