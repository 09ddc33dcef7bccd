-- 020_enforce_auth_requirements
-- Every user has a profile with a role; every row has an author; anon writes nothing.

DO $$
BEGIN
  RAISE NOTICE 'users without a profile will need a backfill: % in all', (SELECT count(*) FROM auth.users);
END
$$;

-- ------------------------------------------------------------
-- 1. Profiles
-- ------------------------------------------------------------
CREATE TABLE IF NOT EXISTS public.user_profiles (
  id uuid PRIMARY KEY REFERENCES auth.users (id) ON DELETE CASCADE,
  role text NOT NULL DEFAULT 'viewer',
  display_name text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT user_profiles_role_check CHECK (role IN ('admin', 'editor', 'viewer'))
);

ALTER TABLE public.user_profiles ENABLE ROW LEVEL SECURITY;

-- Nothing by default, then what is needed
REVOKE ALL ON public.user_profiles FROM PUBLIC, anon, authenticated, service_role;
GRANT SELECT ON public.user_profiles TO authenticated;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.user_profiles TO service_role;

CREATE INDEX IF NOT EXISTS idx_user_profiles_role ON public.user_profiles (role);

COMMENT ON TABLE public.user_profiles IS 'One row a user. Only service_role may change a role.';

-- A policy on user_profiles that reads user_profiles would recurse, so the question goes
-- through a function that runs as its owner.
CREATE OR REPLACE FUNCTION public.is_admin()
RETURNS boolean
LANGUAGE sql
STABLE
SECURITY DEFINER
SET search_path = ''
AS $$
  SELECT EXISTS (
    SELECT 1 FROM public.user_profiles p
    WHERE p.id = (SELECT auth.uid()) AND p.role = 'admin'
  );
$$;

REVOKE EXECUTE ON FUNCTION public.is_admin() FROM PUBLIC, anon;

DROP POLICY IF EXISTS user_profiles_select_own ON public.user_profiles;
CREATE POLICY user_profiles_select_own ON public.user_profiles
  FOR SELECT TO authenticated USING (id = (SELECT auth.uid()));

DROP POLICY IF EXISTS user_profiles_select_admin ON public.user_profiles;
CREATE POLICY user_profiles_select_admin ON public.user_profiles
  FOR SELECT TO authenticated USING ((SELECT public.is_admin()));

CREATE OR REPLACE TRIGGER set_user_profiles_updated_at
  BEFORE UPDATE ON public.user_profiles
  FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();

-- Signup. The role is never taken from raw_user_meta_data: users can write that themselves.
CREATE OR REPLACE FUNCTION public.handle_new_user()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = ''
AS $$
BEGIN
  INSERT INTO public.user_profiles (id, display_name)
  VALUES (NEW.id, NEW.raw_user_meta_data ->> 'full_name')
  ON CONFLICT (id) DO NOTHING;
  RETURN NEW;
END;
$$;

REVOKE EXECUTE ON FUNCTION public.handle_new_user() FROM PUBLIC, anon, authenticated;

CREATE OR REPLACE TRIGGER on_auth_user_created
  AFTER INSERT ON auth.users
  FOR EACH ROW EXECUTE FUNCTION public.handle_new_user();

-- ------------------------------------------------------------
-- 2. Every row has an author
-- ------------------------------------------------------------
ALTER TABLE public.projects ALTER COLUMN created_by SET NOT NULL;
ALTER TABLE public.videos ALTER COLUMN created_by SET NOT NULL;

CREATE OR REPLACE FUNCTION public.set_created_by()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = ''
AS $$
BEGIN
  NEW.created_by = coalesce(NEW.created_by, auth.uid());
  RETURN NEW;
END;
$$;

CREATE OR REPLACE TRIGGER set_projects_created_by
  BEFORE INSERT ON public.projects
  FOR EACH ROW EXECUTE FUNCTION public.set_created_by();
CREATE OR REPLACE TRIGGER set_videos_created_by
  BEFORE INSERT ON public.videos
  FOR EACH ROW EXECUTE FUNCTION public.set_created_by();

-- ------------------------------------------------------------
-- 3. anon writes nothing
-- ------------------------------------------------------------
REVOKE INSERT, UPDATE, DELETE, TRUNCATE
  ON public.clients, public.client_members, public.projects, public.videos,
     public.scripts, public.script_components
  FROM anon;

NOTIFY pgrst, 'reload schema';
