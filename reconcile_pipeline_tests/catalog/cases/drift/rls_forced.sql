-- expect: table app.project altered: rls_forced
ALTER TABLE app.project FORCE ROW LEVEL SECURITY;
