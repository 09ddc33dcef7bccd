-- 009_fix_rls_policies
-- "Authenticated users can read ..." showed every client's work to every other client.
-- From now on a user sees what belongs to the clients they work for.

CREATE OR REPLACE FUNCTION public.is_client_member(client uuid)
RETURNS boolean
LANGUAGE sql
STABLE
SECURITY DEFINER
AS $$
  SELECT EXISTS (
    SELECT 1 FROM public.client_members m
    WHERE m.client_id = client AND m.user_id = auth.uid()
  );
$$;

-- clients
DROP POLICY IF EXISTS "Authenticated users can read clients" ON public.clients;
DROP POLICY IF EXISTS clients_member_select ON public.clients;
CREATE POLICY clients_member_select ON public.clients
  FOR SELECT TO authenticated USING (public.is_client_member(id));

-- projects
DROP POLICY IF EXISTS "Authenticated users can read projects" ON public.projects;
DROP POLICY IF EXISTS projects_member_select ON public.projects;
CREATE POLICY projects_member_select ON public.projects
  FOR SELECT TO authenticated USING (public.is_client_member(client_id));
DROP POLICY IF EXISTS projects_member_write ON public.projects;
CREATE POLICY projects_member_write ON public.projects
  FOR ALL TO authenticated
  USING (public.is_client_member(client_id))
  WITH CHECK (public.is_client_member(client_id));

-- videos
DROP POLICY IF EXISTS "Authenticated users can read videos" ON public.videos;
DROP POLICY IF EXISTS videos_member_select ON public.videos;
CREATE POLICY videos_member_select ON public.videos
  FOR SELECT TO authenticated
  USING (EXISTS (SELECT 1 FROM public.projects p WHERE p.id = project_id));
DROP POLICY IF EXISTS videos_member_write ON public.videos;
CREATE POLICY videos_member_write ON public.videos
  FOR ALL TO authenticated
  USING (EXISTS (SELECT 1 FROM public.projects p WHERE p.id = project_id))
  WITH CHECK (EXISTS (SELECT 1 FROM public.projects p WHERE p.id = project_id));

-- scripts
DROP POLICY IF EXISTS "Authenticated users can read scripts" ON public.scripts;
DROP POLICY IF EXISTS "Authenticated users can edit scripts" ON public.scripts;
DROP POLICY IF EXISTS scripts_member_select ON public.scripts;
CREATE POLICY scripts_member_select ON public.scripts
  FOR SELECT TO authenticated
  USING (EXISTS (SELECT 1 FROM public.videos v WHERE v.id = video_id));
DROP POLICY IF EXISTS scripts_member_write ON public.scripts;
CREATE POLICY scripts_member_write ON public.scripts
  FOR ALL TO authenticated
  USING (EXISTS (SELECT 1 FROM public.videos v WHERE v.id = video_id))
  WITH CHECK (last_edited_by = auth.uid());

-- script_components
DROP POLICY IF EXISTS "Authenticated users can read script components" ON public.script_components;
DROP POLICY IF EXISTS "Authenticated users can edit script components" ON public.script_components;
DROP POLICY IF EXISTS script_components_member_select ON public.script_components;
CREATE POLICY script_components_member_select ON public.script_components
  FOR SELECT TO authenticated
  USING (EXISTS (SELECT 1 FROM public.scripts s WHERE s.id = script_id));
DROP POLICY IF EXISTS script_components_member_write ON public.script_components;
CREATE POLICY script_components_member_write ON public.script_components
  FOR ALL TO authenticated
  USING (EXISTS (SELECT 1 FROM public.scripts s WHERE s.id = script_id))
  WITH CHECK (last_edited_by = auth.uid());

-- knowledge: members may add documents for their own clients
DROP POLICY IF EXISTS knowledge_documents_member_insert ON public.knowledge_documents;
CREATE POLICY knowledge_documents_member_insert ON public.knowledge_documents
  FOR INSERT TO authenticated
  WITH CHECK (public.is_client_member(client_id) AND created_by = auth.uid());
DROP POLICY IF EXISTS knowledge_documents_member_update ON public.knowledge_documents;
CREATE POLICY knowledge_documents_member_update ON public.knowledge_documents
  FOR UPDATE TO authenticated
  USING (public.is_client_member(client_id))
  WITH CHECK (public.is_client_member(client_id));
CREATE INDEX IF NOT EXISTS idx_client_members_user_id ON public.client_members (user_id);
COMMENT ON FUNCTION public.is_client_member(uuid) IS 'True when the caller works for this client.';
