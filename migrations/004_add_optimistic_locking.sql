-- 004_add_optimistic_locking
-- Every save carries the version it was based on; a stale save is refused.

ALTER TABLE public.projects ADD COLUMN IF NOT EXISTS version integer NOT NULL DEFAULT 1;
ALTER TABLE public.scripts ADD COLUMN IF NOT EXISTS version integer NOT NULL DEFAULT 1;
ALTER TABLE public.script_components ADD COLUMN IF NOT EXISTS version integer NOT NULL DEFAULT 1;

CREATE OR REPLACE FUNCTION public.check_and_bump_version()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  IF NEW.version IS DISTINCT FROM OLD.version THEN
    RAISE EXCEPTION 'stale version: sent %, stored %', NEW.version, OLD.version
      USING ERRCODE = 'serialization_failure';
  END IF;
  NEW.version = OLD.version + 1;
  RETURN NEW;
END;
$$;

DROP TRIGGER IF EXISTS bump_projects_version ON public.projects;
CREATE TRIGGER bump_projects_version
  BEFORE UPDATE ON public.projects
  FOR EACH ROW EXECUTE FUNCTION public.check_and_bump_version();

DROP TRIGGER IF EXISTS bump_scripts_version ON public.scripts;
CREATE TRIGGER bump_scripts_version
  BEFORE UPDATE ON public.scripts
  FOR EACH ROW EXECUTE FUNCTION public.check_and_bump_version();

DROP TRIGGER IF EXISTS bump_script_components_version ON public.script_components;
CREATE TRIGGER bump_script_components_version
  BEFORE UPDATE ON public.script_components
  FOR EACH ROW EXECUTE FUNCTION public.check_and_bump_version();

COMMENT ON COLUMN public.scripts.version IS 'Optimistic lock: send back the version you read.';
