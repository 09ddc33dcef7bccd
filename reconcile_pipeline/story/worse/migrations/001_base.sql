-- 001_base: a help desk. Organizations, who belongs to them, tickets and comments.

create table public.organizations (
  id uuid primary key default gen_random_uuid(),
  name text not null unique,
  created_at timestamptz not null default now()
);

create table public.memberships (
  organization_id uuid not null references public.organizations (id) on delete cascade,
  user_id uuid not null references auth.users (id) on delete cascade,
  is_agent boolean not null default false,
  primary key (organization_id, user_id)
);

create table public.tickets (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  subject text not null check (length(subject) between 1 and 200),
  body text not null default '',
  opened_by uuid references auth.users (id) on delete set null,
  closed_at timestamptz,
  legacy_ref text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table public.comments (
  id uuid primary key default gen_random_uuid(),
  ticket_id uuid not null references public.tickets (id) on delete cascade,
  author uuid references auth.users (id) on delete set null,
  body text not null,
  hidden boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

-- left over from the old help desk
create table public.import_batches (
  id integer primary key,
  file_name text not null,
  imported_at timestamptz
);

create index tickets_organization_idx on public.tickets (organization_id, created_at desc);
create index comments_ticket_idx on public.comments (ticket_id, created_at);

create function public.set_updated_at() returns trigger
language plpgsql as $$
begin
  new.updated_at := now();
  return new;
end;
$$;

create trigger tickets_updated_at before update on public.tickets
  for each row execute function public.set_updated_at();

alter table public.organizations enable row level security;
alter table public.memberships enable row level security;
alter table public.tickets enable row level security;
alter table public.comments enable row level security;
alter table public.import_batches enable row level security;
