SELECT nextval('app.invoice_number'), nextval('app.project_id_seq');
INSERT INTO app.client (name) VALUES ('one');
SELECT setval('app.invoice_number', 5000);
