-- 014_forget_the_old_help_desk

delete from public.comments where hidden;

alter table public.tickets drop column legacy_ref;

drop table public.import_batches;
