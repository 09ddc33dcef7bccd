-- 013_add_component_status
-- Components get the status that scripts have had since 008.

ALTER TABLE public.script_components
  ADD COLUMN IF NOT EXISTS status public.script_status NOT NULL DEFAULT 'draft';

CREATE INDEX IF NOT EXISTS idx_script_components_status
  ON public.script_components (script_id, status);

COMMENT ON COLUMN public.script_components.status IS 'draft, in_review or approved; see scripts.status';
