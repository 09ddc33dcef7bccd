-- 006_attachments: files live in storage, this says which ticket they belong to

create table public.attachments (
  id uuid primary key default gen_random_uuid(),
  ticket_id uuid not null references public.tickets (id) on delete cascade,
  object_path text not null unique,
  byte_size bigint not null check (byte_size >= 0),
  created_at timestamptz not null default now()
);

alter table public.attachments enable row level security;

create policy attachments_member_read on public.attachments
  for select to authenticated
  using (exists (select 1 from public.tickets t where t.id = ticket_id));

create index attachments_ticket_idx on public.attachments (ticket_id);

comment on table public.attachments is 'One row a file; the file itself is in the bucket "attachments".';
