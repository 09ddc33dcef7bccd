-- 004_labels

create table public.labels (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  name text not null,
  color text not null default '#888888' check (color ~ '^#[0-9a-f]{6}$'),
  unique (organization_id, name)
);

create table public.ticket_labels (
  ticket_id uuid not null references public.tickets (id) on delete cascade,
  label_id uuid not null references public.labels (id) on delete cascade,
  primary key (ticket_id, label_id)
);

create index labels_organization_idx on public.labels (organization_id);
create index ticket_labels_label_idx on public.ticket_labels (label_id);
create index labels_name_idx on public.labels (lower(name));

alter table public.labels enable row level security;
alter table public.ticket_labels enable row level security;

create policy labels_member_read on public.labels
  for select to authenticated using (public.belongs_to(organization_id));
create policy ticket_labels_member_read on public.ticket_labels
  for select to authenticated
  using (exists (select 1 from public.tickets t where t.id = ticket_id));
