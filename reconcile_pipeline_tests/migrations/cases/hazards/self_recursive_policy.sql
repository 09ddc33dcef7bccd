CREATE POLICY p ON profiles USING (EXISTS (SELECT 1 FROM profiles q WHERE q.id = auth.uid() AND q.role = 'admin'));
CREATE POLICY p ON profiles FOR INSERT WITH CHECK ((SELECT count(*) FROM public.profiles) < 5);
ALTER POLICY p ON app.profiles USING (id IN (SELECT id FROM app.profiles));
CREATE POLICY p ON profiles USING (id = auth.uid());
CREATE POLICY p ON profiles USING (EXISTS (SELECT 1 FROM other.profiles));
CREATE POLICY p ON profiles USING (EXISTS (WITH profiles AS (SELECT 1) SELECT * FROM profiles));
CREATE POLICY p ON scripts USING (EXISTS (SELECT 1 FROM profiles WHERE id = auth.uid()));
CREATE POLICY p ON profiles USING (is_admin(auth.uid()));
