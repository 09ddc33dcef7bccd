-- expect: publication app_changes altered: operations
ALTER PUBLICATION app_changes SET (publish = 'insert');
