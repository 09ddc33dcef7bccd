-- 013_ticket_due_at

alter table public.tickets add column if not exists due_at timestamptz;

create index if not exists tickets_due_idx on public.tickets (due_at) where closed_at is null;

comment on column public.tickets.due_at is 'When the first answer is due';
