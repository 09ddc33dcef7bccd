-- expect: range_type app.span altered: comment
COMMENT ON TYPE app.span IS 'From here to there';
