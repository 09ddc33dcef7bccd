-- expect: enum app.status altered: labels
ALTER TYPE app.status ADD VALUE 'sent';
