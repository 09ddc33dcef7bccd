-- expect: table app.event_2025 created
CREATE TABLE app.event_2025 PARTITION OF app.event
    FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
