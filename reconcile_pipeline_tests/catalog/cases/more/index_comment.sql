-- expect: index app.project_client_idx altered: comment
COMMENT ON INDEX app.project_client_idx IS 'For the join';
