-- expect: constraint app.project.project_title_key dropped
ALTER TABLE app.project DROP CONSTRAINT project_title_key;
