-- The help desk's live data.
insert into auth.users (id, aud, role, email, created_at, updated_at) values
  ('a1000000-0000-4000-8000-000000000001', 'authenticated', 'authenticated', 'mary@example.com',
   '2025-01-01 08:00:00+00', '2025-01-01 08:00:00+00'),
  ('a1000000-0000-4000-8000-000000000002', 'authenticated', 'authenticated', 'tim@example.com',
   '2025-01-02 08:00:00+00', '2025-01-02 08:00:00+00');

insert into public.organizations (id, name) values
  ('b1000000-0000-4000-8000-000000000001', 'Northwind');

insert into public.memberships (organization_id, user_id, is_agent) values
  ('b1000000-0000-4000-8000-000000000001', 'a1000000-0000-4000-8000-000000000001', true),
  ('b1000000-0000-4000-8000-000000000001', 'a1000000-0000-4000-8000-000000000002', false);

insert into public.tickets (id, organization_id, subject, body, opened_by, priority, legacy_ref) values
  ('c1000000-0000-4000-8000-000000000001', 'b1000000-0000-4000-8000-000000000001',
   'Printer is on fire', 'It was smoking before.', 'a1000000-0000-4000-8000-000000000002', 'blazing', null),
  ('c1000000-0000-4000-8000-000000000002', 'b1000000-0000-4000-8000-000000000001',
   'Password forgotten', '', 'a1000000-0000-4000-8000-000000000002', 'low', 'OLD-77');

insert into public.comments (ticket_id, author, body, hidden) values
  ('c1000000-0000-4000-8000-000000000001', 'a1000000-0000-4000-8000-000000000001', 'Is it still burning?', false),
  ('c1000000-0000-4000-8000-000000000001', 'a1000000-0000-4000-8000-000000000002', 'Yes.', false),
  ('c1000000-0000-4000-8000-000000000002', 'a1000000-0000-4000-8000-000000000001', 'Third time this week', true);

insert into public.ticket_watchers (ticket_id, user_id) values
  ('c1000000-0000-4000-8000-000000000001', 'a1000000-0000-4000-8000-000000000001');

insert into public.import_batches (id, file_name, imported_at) values
  (1, 'old-tickets.csv', '2025-01-05 10:00:00+00');

insert into public.articles (slug, title, body, published) values
  ('printers', 'When a printer burns', 'Leave the room.', true),
  ('passwords', 'Passwords', 'To be written.', false);
