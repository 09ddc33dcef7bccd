-- expect: table app.project altered: comment
COMMENT ON TABLE app.project IS 'Something else';
