-- expect: enum app.status altered: labels
UPDATE pg_enum SET enumsortorder = 9
WHERE enumtypid = 'app.status'::regtype AND enumlabel = 'draft';
