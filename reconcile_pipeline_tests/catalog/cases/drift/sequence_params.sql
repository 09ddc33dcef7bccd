-- expect: sequence app.invoice_number altered: increment cache cycle
ALTER SEQUENCE app.invoice_number INCREMENT 5 CACHE 10 CYCLE;
