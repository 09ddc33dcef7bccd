UPDATE app.t SET a = 1, a = 2;
UPDATE t SET a = 1, b = 2;
INSERT INTO t (a, a) VALUES (1, 2);
INSERT INTO t (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET b = 1, b = 2;
UPDATE t SET a[1] = 1, a[2] = 2;
