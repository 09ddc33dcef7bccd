-- 003_member_policies: who sees what

create or replace function public.belongs_to(organization uuid) returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (
    select 1 from public.memberships m
    where m.organization_id = organization and m.user_id = auth.uid()
  );
$$;

create policy organizations_member_read on public.organizations
  for select to authenticated using (public.belongs_to(id));

create policy memberships_own_read on public.memberships
  for select to authenticated using (user_id = auth.uid());

create policy tickets_member_read on public.tickets
  for select to authenticated using (public.belongs_to(organization_id));

create policy tickets_member_open on public.tickets
  for insert to authenticated
  with check (public.belongs_to(organization_id) and opened_by = auth.uid());

create policy comments_member_read on public.comments
  for select to authenticated
  using (not hidden and exists (select 1 from public.tickets t where t.id = ticket_id));

create policy comments_member_write on public.comments
  for insert to authenticated
  with check (author = auth.uid() and exists (select 1 from public.tickets t where t.id = ticket_id));

-- nobody who is not signed in
revoke all on public.tickets from anon;
revoke all on public.comments from anon;
