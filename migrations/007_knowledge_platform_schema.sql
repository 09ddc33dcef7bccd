-- 007_knowledge_platform_schema
-- Briefs, brand guides and transcripts that writers can search while they write.

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA extensions;

CREATE TABLE IF NOT EXISTS public.knowledge_documents (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  client_id uuid REFERENCES public.clients (id) ON DELETE CASCADE,
  title text NOT NULL,
  source_url text,
  created_by uuid,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS public.knowledge_chunks (
  document_id uuid NOT NULL REFERENCES public.knowledge_documents (id) ON DELETE CASCADE,
  ordinal integer NOT NULL,
  content text NOT NULL,
  search tsvector GENERATED ALWAYS AS (to_tsvector('english', content)) STORED,
  PRIMARY KEY (document_id, ordinal)
);

CREATE TABLE IF NOT EXISTS public.knowledge_tags (
  slug text PRIMARY KEY CHECK (slug = lower(slug)),
  label text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS public.knowledge_document_tags (
  document_id uuid NOT NULL REFERENCES public.knowledge_documents (id) ON DELETE CASCADE,
  tag text NOT NULL REFERENCES public.knowledge_tags (slug) ON UPDATE CASCADE,
  PRIMARY KEY (document_id, tag)
);

CREATE INDEX IF NOT EXISTS idx_knowledge_chunks_search ON public.knowledge_chunks USING gin (search);
CREATE INDEX IF NOT EXISTS idx_knowledge_documents_title_trgm
  ON public.knowledge_documents USING gin (title extensions.gin_trgm_ops);
CREATE INDEX IF NOT EXISTS idx_knowledge_document_tags_tag ON public.knowledge_document_tags (tag);

CREATE OR REPLACE FUNCTION public.search_knowledge(query text, max_results integer DEFAULT 10)
RETURNS TABLE (document_id uuid, title text, content text, rank real)
LANGUAGE sql
STABLE
SET search_path = ''
AS $$
  SELECT d.id, d.title, c.content,
         ts_rank(c.search, websearch_to_tsquery('english', query)) AS rank
  FROM public.knowledge_chunks c
  JOIN public.knowledge_documents d ON d.id = c.document_id
  WHERE c.search @@ websearch_to_tsquery('english', query)
  ORDER BY rank DESC, d.id, c.ordinal
  LIMIT max_results;
$$;

CREATE TRIGGER set_knowledge_documents_updated_at
  BEFORE UPDATE ON public.knowledge_documents
  FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();

ALTER TABLE public.knowledge_documents ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.knowledge_chunks ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.knowledge_tags ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.knowledge_document_tags ENABLE ROW LEVEL SECURITY;

CREATE POLICY knowledge_documents_select ON public.knowledge_documents
  FOR SELECT TO authenticated USING (true);
CREATE POLICY knowledge_documents_ingest ON public.knowledge_documents
  FOR ALL TO service_role USING (true) WITH CHECK (true);
CREATE POLICY knowledge_chunks_select ON public.knowledge_chunks
  FOR SELECT TO authenticated USING (true);
CREATE POLICY knowledge_tags_select ON public.knowledge_tags
  FOR SELECT TO authenticated USING (true);
CREATE POLICY knowledge_document_tags_select ON public.knowledge_document_tags
  FOR SELECT TO authenticated USING (true);

INSERT INTO public.knowledge_tags (slug, label) VALUES
  ('brief', 'Brief'),
  ('brand', 'Brand guide'),
  ('transcript', 'Transcript')
ON CONFLICT (slug) DO NOTHING;
