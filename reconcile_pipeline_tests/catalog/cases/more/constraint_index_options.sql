-- expect: constraint app.project.project_title_key altered: index_options
ALTER INDEX app.project_title_key SET (fillfactor = 80);
