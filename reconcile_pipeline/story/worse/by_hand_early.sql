-- Made in the dashboard before a file did the same, in another shape. The files said IF NOT EXISTS
-- and passed over them without a word.

-- 002 makes this column an enum.
alter table public.tickets add column priority text default 'normal';

-- 011 has `notify` where this has `muted`.
create table public.ticket_watchers (
  ticket_id uuid references public.tickets (id) on delete cascade,
  user_id uuid references auth.users (id) on delete cascade,
  muted boolean default false,
  primary key (ticket_id, user_id)
);
