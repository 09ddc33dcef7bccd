-- The story's three users, as the auth service makes them. One of them claims a role in the
-- metadata that users can edit: nothing may believe it.
INSERT INTO auth.users (
  instance_id, id, aud, role, email, encrypted_password, email_confirmed_at,
  raw_app_meta_data, raw_user_meta_data, created_at, updated_at
) VALUES
  ('00000000-0000-0000-0000-000000000000', 'a0000000-0000-4000-8000-000000000001',
   'authenticated', 'authenticated', 'ada@example.com', '', '2025-03-03 09:00:00+00',
   '{"provider": "email", "providers": ["email"]}', '{"full_name": "Ada"}',
   '2025-03-03 09:00:00+00', '2025-03-03 09:00:00+00'),
  ('00000000-0000-0000-0000-000000000000', 'a0000000-0000-4000-8000-000000000002',
   'authenticated', 'authenticated', 'grace@example.com', '', '2025-03-04 09:00:00+00',
   '{"provider": "email", "providers": ["email"]}', '{"full_name": "Grace"}',
   '2025-03-04 09:00:00+00', '2025-03-04 09:00:00+00'),
  ('00000000-0000-0000-0000-000000000000', 'a0000000-0000-4000-8000-000000000003',
   'authenticated', 'authenticated', 'linus@example.com', '', '2025-03-05 09:00:00+00',
   '{"provider": "email", "providers": ["email"]}', '{"full_name": "Linus", "role": "owner"}',
   '2025-03-05 09:00:00+00', '2025-03-05 09:00:00+00');
