-- expect: table app.project altered: rls
ALTER TABLE app.project DISABLE ROW LEVEL SECURITY;
