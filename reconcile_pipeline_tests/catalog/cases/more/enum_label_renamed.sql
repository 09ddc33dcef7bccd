-- expect: enum app.status altered: labels
ALTER TYPE app.status RENAME VALUE 'final' TO 'done';
