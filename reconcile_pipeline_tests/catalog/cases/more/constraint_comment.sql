-- expect: constraint app.project.project_title_key altered: comment
COMMENT ON CONSTRAINT project_title_key ON app.project IS 'One title each';
