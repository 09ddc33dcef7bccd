-- expect: foreign_table app.remote altered: options
ALTER FOREIGN TABLE app.remote OPTIONS (SET table_name 'other');
