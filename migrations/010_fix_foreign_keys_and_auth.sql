-- 010_fix_foreign_keys_and_auth
-- Deleting a client took all its projects along; deleting a user was impossible.

-- A client with projects cannot be deleted
ALTER TABLE public.projects DROP CONSTRAINT IF EXISTS projects_client_id_fkey;
ALTER TABLE public.projects
  ADD CONSTRAINT projects_client_id_fkey
  FOREIGN KEY (client_id) REFERENCES public.clients (id) ON DELETE RESTRICT;

-- A user can be deleted; what they wrote stays
ALTER TABLE public.scripts DROP CONSTRAINT IF EXISTS scripts_last_edited_by_fkey;
ALTER TABLE public.scripts
  ADD CONSTRAINT scripts_last_edited_by_fkey
  FOREIGN KEY (last_edited_by) REFERENCES auth.users (id) ON DELETE SET NULL;

ALTER TABLE public.script_components DROP CONSTRAINT IF EXISTS script_components_last_edited_by_fkey;
ALTER TABLE public.script_components
  ADD CONSTRAINT script_components_last_edited_by_fkey
  FOREIGN KEY (last_edited_by) REFERENCES auth.users (id) ON DELETE SET NULL;

-- SECURITY DEFINER without a fixed search_path can be hijacked
CREATE OR REPLACE FUNCTION public.is_client_member(client uuid)
RETURNS boolean
LANGUAGE sql
STABLE
SECURITY DEFINER
SET search_path = ''
AS $$
  SELECT EXISTS (
    SELECT 1 FROM public.client_members m
    WHERE m.client_id = client AND m.user_id = (SELECT auth.uid())
  );
$$;

REVOKE EXECUTE ON FUNCTION public.is_client_member(uuid) FROM PUBLIC, anon;

-- Authors of documents are users, too
ALTER TABLE public.yjs_documents DROP CONSTRAINT IF EXISTS yjs_documents_created_by_fkey;
ALTER TABLE public.yjs_documents
  ADD CONSTRAINT yjs_documents_created_by_fkey
  FOREIGN KEY (created_by) REFERENCES auth.users (id) ON DELETE SET NULL;

ALTER TABLE public.knowledge_documents DROP CONSTRAINT IF EXISTS knowledge_documents_created_by_fkey;
ALTER TABLE public.knowledge_documents
  ADD CONSTRAINT knowledge_documents_created_by_fkey
  FOREIGN KEY (created_by) REFERENCES auth.users (id) ON DELETE SET NULL
  NOT VALID;
ALTER TABLE public.knowledge_documents VALIDATE CONSTRAINT knowledge_documents_created_by_fkey;

-- Foreign keys want an index
CREATE INDEX IF NOT EXISTS idx_scripts_last_edited_by ON public.scripts (last_edited_by);
CREATE INDEX IF NOT EXISTS idx_script_components_last_edited_by
  ON public.script_components (last_edited_by);
CREATE INDEX IF NOT EXISTS idx_knowledge_documents_created_by
  ON public.knowledge_documents (created_by);
