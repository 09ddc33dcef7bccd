-- 012_close_reasons

create table if not exists public.close_reasons (
  code text primary key,
  label text not null,
  position integer not null
);

alter table public.close_reasons enable row level security;

create policy close_reasons_read on public.close_reasons
  for select to authenticated using (true);

insert into public.close_reasons (code, label, position) values
  ('solved', 'Solved', 1),
  ('duplicate', 'Duplicate', 2),
  ('no_answer', 'No answer', 3),
  ('spam', 'Spam', 4)
on conflict (code) do nothing;
