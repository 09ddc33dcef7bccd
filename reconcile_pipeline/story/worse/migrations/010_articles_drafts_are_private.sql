-- 010_articles_drafts_are_private: 009 showed drafts to everybody

drop policy articles_public_read on public.articles;

create policy articles_published_read on public.articles
  for select to anon, authenticated using (published);
