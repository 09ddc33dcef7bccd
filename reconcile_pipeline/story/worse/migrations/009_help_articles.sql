-- 009_help_articles: answers that need no ticket

create table public.articles (
  slug text primary key,
  title text not null,
  body text not null,
  published boolean not null default false
);

alter table public.articles enable row level security;

create policy articles_public_read on public.articles
  for select to anon, authenticated using (true);
