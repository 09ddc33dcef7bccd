-- 008_add_script_status
-- A script moves from draft to review to approved, and every move is written down.

DO $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE n.nspname = 'public' AND t.typname = 'script_status'
  ) THEN
    CREATE TYPE public.script_status AS ENUM ('draft', 'in_review', 'approved');
  END IF;
END
$$;

ALTER TABLE public.scripts
  ADD COLUMN IF NOT EXISTS status public.script_status NOT NULL DEFAULT 'draft';

CREATE INDEX IF NOT EXISTS idx_scripts_status ON public.scripts (status);

-- No foreign key to scripts: the record outlives the script.
CREATE TABLE IF NOT EXISTS public.script_status_history (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  script_id uuid NOT NULL,
  old_status public.script_status,
  new_status public.script_status NOT NULL,
  changed_by uuid,
  changed_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX IF NOT EXISTS idx_script_status_history_script
  ON public.script_status_history (script_id, changed_at DESC);

CREATE OR REPLACE FUNCTION public.log_script_status()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = ''
AS $$
BEGIN
  INSERT INTO public.script_status_history (script_id, old_status, new_status, changed_by)
  VALUES (NEW.id, OLD.status, NEW.status, auth.uid());
  RETURN NEW;
END;
$$;

DROP TRIGGER IF EXISTS log_script_status ON public.scripts;
CREATE TRIGGER log_script_status
  AFTER UPDATE OF status ON public.scripts
  FOR EACH ROW
  WHEN (OLD.status IS DISTINCT FROM NEW.status)
  EXECUTE FUNCTION public.log_script_status();

COMMENT ON COLUMN public.scripts.status IS 'draft, in_review or approved';
