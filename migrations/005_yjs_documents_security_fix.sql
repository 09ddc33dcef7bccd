-- 005_yjs_documents_security_fix
-- "Public yjs access" let anybody, signed in or not, read and overwrite documents.

BEGIN;

DROP POLICY IF EXISTS "Public yjs access" ON public.yjs_documents;
DROP POLICY IF EXISTS "Public yjs access" ON public.yjs_updates;

-- anon has no business here at all
REVOKE ALL ON public.yjs_documents, public.yjs_updates FROM anon;

-- A document may be opened by whoever may read the script it belongs to.
-- Runs with the caller's rights, so the policies on scripts decide.
CREATE OR REPLACE FUNCTION public.can_open_document(document_name text)
RETURNS boolean
LANGUAGE sql
STABLE
SET search_path = ''
AS $$
  SELECT EXISTS (
    SELECT 1 FROM public.scripts s
    WHERE 'script:' || s.id::text = document_name
  );
$$;

CREATE POLICY yjs_documents_select ON public.yjs_documents
  FOR SELECT TO authenticated USING (public.can_open_document(name));
CREATE POLICY yjs_documents_insert ON public.yjs_documents
  FOR INSERT TO authenticated
  WITH CHECK (public.can_open_document(name) AND created_by = auth.uid());
CREATE POLICY yjs_documents_update ON public.yjs_documents
  FOR UPDATE TO authenticated USING (public.can_open_document(name));
CREATE POLICY yjs_updates_select ON public.yjs_updates
  FOR SELECT TO authenticated USING (public.can_open_document(document_name));
CREATE POLICY yjs_updates_insert ON public.yjs_updates
  FOR INSERT TO authenticated
  WITH CHECK (public.can_open_document(document_name) AND author = auth.uid());

ALTER PUBLICATION supabase_realtime ADD TABLE public.yjs_updates;

COMMIT;
