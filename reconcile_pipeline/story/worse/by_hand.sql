-- What people did to production in the dashboard, and told nobody. Each statement, or pair of
-- statements, is one entry of the truth that the tests hold.

-- 003's policies, replaced
drop policy tickets_member_read on public.tickets;
create policy tickets_member_read on public.tickets
  for select to authenticated
  using (public.belongs_to(organization_id) or opened_by = auth.uid());
alter policy comments_member_write on public.comments
  with check (author = auth.uid());

-- a policy that no file explains
create policy support_reads_everything on public.tickets
  for select to authenticated
  using (exists (select 1 from public.memberships m where m.user_id = auth.uid() and m.is_agent));

-- 003 revoked this
grant select on public.comments to anon;

-- 004's index "that nobody uses"
drop index public.ticket_labels_label_idx;

-- 005's function, its body replaced
create or replace function public.log_change() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if tg_op = 'DELETE' then
    return old;
  end if;
  insert into public.audit_log (table_name, row_id, action, actor)
  values (tg_table_name, new.id, lower(tg_op), auth.uid());
  return new;
end;
$$;

-- 006's row-level security, switched off during an incident and forgotten
alter table public.attachments disable row level security;

-- a table, a column and a trigger of nobody's
create table public.import_scratch (
  id integer primary key,
  line text,
  imported boolean not null default false
);
alter table public.organizations add column stripe_customer text;
create trigger comments_updated_at before update on public.comments
  for each row execute function public.set_updated_at();
