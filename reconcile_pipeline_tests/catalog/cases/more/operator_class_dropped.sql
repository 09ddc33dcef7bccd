-- expect: operator_class app.address_class USING hash dropped
DROP OPERATOR CLASS app.address_class USING hash;
