-- ============================================================
-- 003_core_schema
-- Clients, projects, videos, scripts and the documents behind
-- the collaborative editor.
-- ============================================================

-- Clients and the people who work for them
CREATE TABLE IF NOT EXISTS public.clients (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL,
  contact_email text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS public.client_members (
  client_id uuid NOT NULL REFERENCES public.clients (id) ON DELETE CASCADE,
  user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (client_id, user_id)
);

-- Projects > videos > scripts > components
CREATE TABLE IF NOT EXISTS public.projects (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  client_id uuid NOT NULL REFERENCES public.clients (id) ON DELETE CASCADE,
  title text NOT NULL,
  due_on date,
  created_by uuid REFERENCES auth.users (id),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS public.videos (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id uuid NOT NULL REFERENCES public.projects (id) ON DELETE CASCADE,
  title text NOT NULL,
  duration_seconds integer CHECK (duration_seconds > 0),
  created_by uuid REFERENCES auth.users (id),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS public.scripts (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  video_id uuid NOT NULL UNIQUE REFERENCES public.videos (id) ON DELETE CASCADE,
  title text NOT NULL,
  plain_text text NOT NULL DEFAULT '',
  last_edited_by uuid NOT NULL REFERENCES auth.users (id),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS public.script_components (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  script_id uuid NOT NULL REFERENCES public.scripts (id) ON DELETE CASCADE,
  position integer NOT NULL,
  heading text,
  body text NOT NULL DEFAULT '',
  last_edited_by uuid NOT NULL REFERENCES auth.users (id),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (script_id, position)
);

-- Yjs: one document a script; its name is "script:<id>"
CREATE TABLE IF NOT EXISTS public.yjs_documents (
  name text PRIMARY KEY,
  state bytea,
  created_by uuid,
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS public.yjs_updates (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  document_name text NOT NULL REFERENCES public.yjs_documents (name) ON DELETE CASCADE,
  update bytea NOT NULL,
  author uuid,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS public.system_settings (
  key text PRIMARY KEY,
  value jsonb NOT NULL,
  description text,
  updated_at timestamptz NOT NULL DEFAULT now()
);

-- Indexes
CREATE INDEX IF NOT EXISTS idx_projects_client_id ON public.projects (client_id);
CREATE INDEX IF NOT EXISTS idx_videos_project_id ON public.videos (project_id);
CREATE INDEX IF NOT EXISTS idx_yjs_updates_document ON public.yjs_updates (document_name, id);

-- updated_at
CREATE OR REPLACE FUNCTION public.set_updated_at()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  NEW.updated_at = now();
  RETURN NEW;
END;
$$;

CREATE TRIGGER set_clients_updated_at
  BEFORE UPDATE ON public.clients
  FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();

CREATE TRIGGER set_projects_updated_at
  BEFORE UPDATE ON public.projects
  FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();

CREATE TRIGGER set_videos_updated_at
  BEFORE UPDATE ON public.videos
  FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();

CREATE TRIGGER set_scripts_updated_at
  BEFORE UPDATE ON public.scripts
  FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();

CREATE TRIGGER set_script_components_updated_at
  BEFORE UPDATE ON public.script_components
  FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();

-- Row-level security. Reading is open to every signed-in user for now.
ALTER TABLE public.clients ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.client_members ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.projects ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.videos ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.scripts ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.script_components ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.yjs_documents ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.yjs_updates ENABLE ROW LEVEL SECURITY;

CREATE POLICY "Authenticated users can read clients" ON public.clients
  FOR SELECT TO authenticated USING (true);
CREATE POLICY "Members can read own memberships" ON public.client_members
  FOR SELECT TO authenticated USING (user_id = auth.uid());
CREATE POLICY "Authenticated users can read projects" ON public.projects
  FOR SELECT TO authenticated USING (true);
CREATE POLICY "Authenticated users can read videos" ON public.videos
  FOR SELECT TO authenticated USING (true);
CREATE POLICY "Authenticated users can read scripts" ON public.scripts
  FOR SELECT TO authenticated USING (true);
CREATE POLICY "Authenticated users can edit scripts" ON public.scripts
  FOR UPDATE TO authenticated USING (true) WITH CHECK (last_edited_by = auth.uid());
CREATE POLICY "Authenticated users can read script components" ON public.script_components
  FOR SELECT TO authenticated USING (true);
CREATE POLICY "Authenticated users can edit script components" ON public.script_components
  FOR ALL TO authenticated USING (true) WITH CHECK (last_edited_by = auth.uid());
CREATE POLICY "Public yjs access" ON public.yjs_documents
  FOR ALL USING (true) WITH CHECK (true);
CREATE POLICY "Public yjs access" ON public.yjs_updates
  FOR ALL USING (true) WITH CHECK (true);
