-- expect: column app.project.title altered: comment
COMMENT ON COLUMN app.project.title IS NULL;
