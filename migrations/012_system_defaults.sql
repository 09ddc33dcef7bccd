-- 012_system_defaults
-- Rows that the application takes for granted. Needs 011 for clients.source.

INSERT INTO public.clients (id, name, source)
VALUES ('00000000-0000-4000-8000-000000000001', 'Unassigned', 'system')
ON CONFLICT (id) DO NOTHING;

INSERT INTO public.system_settings (key, value, description) VALUES
  ('smartsuite.enabled', 'true', 'Import from SmartSuite'),
  ('smartsuite.interval_minutes', '15', 'Minutes between two imports'),
  ('editor.autosave_seconds', '5', 'Seconds between two saves')
ON CONFLICT (key) DO NOTHING;
