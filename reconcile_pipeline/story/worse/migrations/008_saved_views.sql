-- 008_saved_views: filters that agents keep

create table public.saved_views (
  id uuid primary key default gen_random_uuid(),
  owner uuid not null references auth.users (id) on delete cascade,
  title text not null,
  filter jsonb not null default '{}'
);

create index saved_views_owner_idx on public.saved_views (owner);

alter table public.saved_views enable row level security;

create policy saved_views_own on public.saved_views
  for all to authenticated using (owner = auth.uid()) with check (owner = auth.uid());
