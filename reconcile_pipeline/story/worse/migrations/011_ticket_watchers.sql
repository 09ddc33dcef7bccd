-- 011_ticket_watchers: who gets mail when a ticket changes

create table if not exists public.ticket_watchers (
  ticket_id uuid references public.tickets (id) on delete cascade,
  user_id uuid references auth.users (id) on delete cascade,
  notify boolean default true,
  primary key (ticket_id, user_id)
);

create index if not exists ticket_watchers_user_idx on public.ticket_watchers (user_id);

alter table public.ticket_watchers enable row level security;

create policy ticket_watchers_own on public.ticket_watchers
  for all to authenticated using (user_id = auth.uid()) with check (user_id = auth.uid());
