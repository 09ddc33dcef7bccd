-- 021_enable_rls_policies
-- The tables that had no row-level security yet, and what admins may do.

-- system settings: everyone signed in may read
ALTER TABLE public.system_settings ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS system_settings_select ON public.system_settings;
CREATE POLICY system_settings_select ON public.system_settings
  FOR SELECT TO authenticated USING (true);

-- status history: whoever may read the script
ALTER TABLE public.script_status_history ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS script_status_history_select ON public.script_status_history;
CREATE POLICY script_status_history_select ON public.script_status_history
  FOR SELECT TO authenticated
  USING (EXISTS (SELECT 1 FROM public.scripts s WHERE s.id = script_id));

-- admins: everything that belongs to any client
DROP POLICY IF EXISTS clients_admin_all ON public.clients;
CREATE POLICY clients_admin_all ON public.clients
  FOR ALL TO authenticated
  USING (EXISTS (SELECT 1 FROM public.user_profiles p WHERE p.id = (SELECT auth.uid()) AND p.role = 'admin'))
  WITH CHECK (EXISTS (SELECT 1 FROM public.user_profiles p WHERE p.id = (SELECT auth.uid()) AND p.role = 'admin'));
DROP POLICY IF EXISTS client_members_admin_all ON public.client_members;
CREATE POLICY client_members_admin_all ON public.client_members
  FOR ALL TO authenticated
  USING (EXISTS (SELECT 1 FROM public.user_profiles p WHERE p.id = (SELECT auth.uid()) AND p.role = 'admin'))
  WITH CHECK (EXISTS (SELECT 1 FROM public.user_profiles p WHERE p.id = (SELECT auth.uid()) AND p.role = 'admin'));
DROP POLICY IF EXISTS projects_admin_all ON public.projects;
CREATE POLICY projects_admin_all ON public.projects
  FOR ALL TO authenticated
  USING (EXISTS (SELECT 1 FROM public.user_profiles p WHERE p.id = (SELECT auth.uid()) AND p.role = 'admin'))
  WITH CHECK (EXISTS (SELECT 1 FROM public.user_profiles p WHERE p.id = (SELECT auth.uid()) AND p.role = 'admin'));
DROP POLICY IF EXISTS system_settings_admin_write ON public.system_settings;
CREATE POLICY system_settings_admin_write ON public.system_settings
  FOR ALL TO authenticated
  USING ((SELECT public.is_admin()))
  WITH CHECK ((SELECT public.is_admin()));

-- knowledge: signed-in users may tag
DROP POLICY IF EXISTS knowledge_tags_insert ON public.knowledge_tags;
CREATE POLICY knowledge_tags_insert ON public.knowledge_tags
  FOR INSERT TO authenticated WITH CHECK (slug = lower(slug));
DROP POLICY IF EXISTS knowledge_document_tags_insert ON public.knowledge_document_tags;
CREATE POLICY knowledge_document_tags_insert ON public.knowledge_document_tags
  FOR INSERT TO authenticated
  WITH CHECK (EXISTS (SELECT 1 FROM public.knowledge_documents d WHERE d.id = document_id));
DROP POLICY IF EXISTS knowledge_document_tags_delete ON public.knowledge_document_tags;
CREATE POLICY knowledge_document_tags_delete ON public.knowledge_document_tags
  FOR DELETE TO authenticated
  USING (EXISTS (SELECT 1 FROM public.knowledge_documents d WHERE d.id = document_id));

-- yjs: whoever made a document may throw it away
DROP POLICY IF EXISTS yjs_documents_delete ON public.yjs_documents;
CREATE POLICY yjs_documents_delete ON public.yjs_documents
  FOR DELETE TO authenticated USING (created_by = (SELECT auth.uid()));

NOTIFY pgrst, 'reload schema';
