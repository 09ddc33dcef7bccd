-- 006_add_soft_delete
-- Nothing is deleted at once any more: rows get a deleted_at and disappear from the views.

DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['clients', 'projects', 'videos', 'scripts', 'script_components']
  LOOP
    EXECUTE format('ALTER TABLE public.%I ADD COLUMN IF NOT EXISTS deleted_at timestamptz', t);
  END LOOP;
END
$$;

CREATE INDEX IF NOT EXISTS idx_projects_live ON public.projects (client_id) WHERE deleted_at IS NULL;
CREATE INDEX IF NOT EXISTS idx_videos_live ON public.videos (project_id) WHERE deleted_at IS NULL;

CREATE OR REPLACE VIEW public.active_projects
WITH (security_invoker = true) AS
  SELECT p.id, p.client_id, p.title, p.due_on, p.created_by, p.updated_at
  FROM public.projects p
  WHERE p.deleted_at IS NULL;

CREATE OR REPLACE FUNCTION public.soft_delete_project(project uuid)
RETURNS void
LANGUAGE sql
SET search_path = ''
AS $$
  UPDATE public.projects SET deleted_at = now() WHERE id = project AND deleted_at IS NULL;
$$;

COMMENT ON VIEW public.active_projects IS 'Projects that nobody has deleted.';
