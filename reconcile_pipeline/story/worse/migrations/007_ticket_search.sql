-- 007_ticket_search

alter table public.tickets
  add column if not exists search tsvector
  generated always as (to_tsvector('english', subject || ' ' || body)) stored;

create index if not exists tickets_search_idx on public.tickets using gin (search);

comment on column public.tickets.search is 'Subject and body, for search_tickets()';

create or replace function public.search_tickets(words text)
returns setof public.tickets
language sql stable set search_path = '' as $$
  select t.* from public.tickets t
  where t.search @@ websearch_to_tsquery('english', words)
  order by ts_rank(t.search, websearch_to_tsquery('english', words)) desc, t.id;
$$;
