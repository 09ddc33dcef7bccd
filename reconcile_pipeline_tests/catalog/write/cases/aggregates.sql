CREATE OR REPLACE AGGREGATE odd."First"(text) (sfunc = odd.first_agg, stype = text, initcond = 'x');
COMMENT ON AGGREGATE odd.my_percentile(float8 ORDER BY anyelement) IS 'x';
