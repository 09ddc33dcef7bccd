-- expect: operator_family app.address_ops USING hash altered: comment
COMMENT ON OPERATOR FAMILY app.address_ops USING hash IS 'By city';
