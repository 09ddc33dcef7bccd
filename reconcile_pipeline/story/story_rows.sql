-- The story's live data.
INSERT INTO public.clients (id, name) VALUES
  ('c0000000-0000-4000-8000-000000000001', 'Harbour Films');

INSERT INTO public.client_members (client_id, user_id)
  SELECT 'c0000000-0000-4000-8000-000000000001', id FROM auth.users;

INSERT INTO public.projects (id, client_id, title, due_on, created_by) VALUES
  ('b0000000-0000-4000-8000-000000000001', 'c0000000-0000-4000-8000-000000000001',
   'Spring campaign', '2025-06-01', 'a0000000-0000-4000-8000-000000000001');

INSERT INTO public.videos (id, project_id, title, duration_seconds, created_by) VALUES
  ('d0000000-0000-4000-8000-000000000001', 'b0000000-0000-4000-8000-000000000001',
   'Opening film', 90, 'a0000000-0000-4000-8000-000000000001');

INSERT INTO public.scripts (id, video_id, title, plain_text, last_edited_by) VALUES
  ('e0000000-0000-4000-8000-000000000001', 'd0000000-0000-4000-8000-000000000001',
   'Opening film, draft 2', 'A boat leaves the harbour.', 'a0000000-0000-4000-8000-000000000002');

INSERT INTO public.script_components (script_id, position, heading, body, last_edited_by)
SELECT 'e0000000-0000-4000-8000-000000000001', position, heading, body,
       'a0000000-0000-4000-8000-000000000002'::uuid
FROM (VALUES
  (1, 'Hook', 'A boat leaves the harbour.'),
  (2, 'Problem', 'Nobody knows where it goes.'),
  (3, 'Turn', 'The crew opens the map.'),
  (4, 'Close', 'Land.')
) AS parts (position, heading, body);

INSERT INTO public.yjs_documents (name, created_by) VALUES
  ('script:e0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000002');
