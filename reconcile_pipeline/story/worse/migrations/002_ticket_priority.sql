-- 002_ticket_priority: how urgent, and how many hours we have

create type public.ticket_priority as enum ('low', 'normal', 'high', 'urgent');

alter table public.tickets
  add column if not exists priority public.ticket_priority default 'normal';

create table if not exists public.service_levels (
  priority public.ticket_priority primary key,
  answer_within interval not null
);

alter table public.service_levels enable row level security;
