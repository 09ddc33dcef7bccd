-- 016_make_last_edited_by_nullable
-- 010 sets last_edited_by to NULL when a user is deleted, but the column forbade it.

BEGIN;

ALTER TABLE public.scripts ALTER COLUMN last_edited_by DROP NOT NULL;
ALTER TABLE public.script_components ALTER COLUMN last_edited_by DROP NOT NULL;

COMMENT ON COLUMN public.scripts.last_edited_by IS 'NULL when the editor''s account is gone';
COMMENT ON COLUMN public.script_components.last_edited_by IS 'NULL when the editor''s account is gone';

COMMIT;
