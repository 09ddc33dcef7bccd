-- 011_smartsuite_alignment
-- SmartSuite becomes the source of truth for clients, projects and videos.
-- WARNING: projects are imported anew afterwards, so what is here has to go.

ALTER TABLE public.clients
  ADD COLUMN IF NOT EXISTS smartsuite_id text UNIQUE,
  ADD COLUMN IF NOT EXISTS source text NOT NULL DEFAULT 'app';

ALTER TABLE public.projects
  ADD COLUMN IF NOT EXISTS smartsuite_id text UNIQUE,
  ADD COLUMN IF NOT EXISTS eav_code text;

ALTER TABLE public.videos
  ADD COLUMN IF NOT EXISTS smartsuite_id text UNIQUE,
  ADD COLUMN IF NOT EXISTS production_type text;

-- Start from nothing
TRUNCATE TABLE public.projects CASCADE;

ALTER TABLE public.projects
  ADD CONSTRAINT projects_eav_code_check CHECK (eav_code ~ '^EAV[0-9]{1,3}$');

-- What came from SmartSuite was edited by whoever runs the import
ALTER TABLE public.scripts ALTER COLUMN last_edited_by SET DEFAULT auth.uid();

CREATE TABLE IF NOT EXISTS public.smartsuite_sync_log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  table_name text NOT NULL,
  record_id text NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('created', 'updated', 'skipped', 'failed')),
  detail jsonb,
  synced_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX IF NOT EXISTS idx_smartsuite_sync_log_synced_at
  ON public.smartsuite_sync_log (synced_at DESC);

ALTER TABLE public.smartsuite_sync_log ENABLE ROW LEVEL SECURITY;

CREATE POLICY smartsuite_sync_log_service ON public.smartsuite_sync_log
  FOR ALL TO service_role USING (true) WITH CHECK (true);
