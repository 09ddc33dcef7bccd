-- 005_audit_log: what happened to a ticket, and who did it

create table public.audit_log (
  id bigint generated always as identity primary key,
  table_name text not null,
  row_id uuid not null,
  action text not null,
  actor uuid,
  at timestamptz not null default now()
);

create index audit_log_row_idx on public.audit_log (table_name, row_id);

create function public.log_change() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  insert into public.audit_log (table_name, row_id, action, actor)
  values (tg_table_name, coalesce(new.id, old.id), tg_op, auth.uid());
  return coalesce(new, old);
end;
$$;

create trigger tickets_audit after insert or update or delete on public.tickets
  for each row execute function public.log_change();

alter table public.audit_log enable row level security;

create policy audit_log_service_read on public.audit_log
  for select to service_role using (true);
