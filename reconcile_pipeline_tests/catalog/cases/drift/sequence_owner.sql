-- expect: sequence app.invoice_number altered: owned_by
ALTER SEQUENCE app.invoice_number OWNED BY app.project.id;
