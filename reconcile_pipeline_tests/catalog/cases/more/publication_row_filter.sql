-- expect: publication_table app_changes.app.project altered: row_filter columns
ALTER PUBLICATION app_changes SET TABLE app.project (id, price) WHERE (price > 10);
