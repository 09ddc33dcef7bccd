-- Tables that may be a migration history, whoever's it is: by the names that their tools give them.
SELECT n.nspname, c.relname
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p')
  AND c.relname IN (
    'schema_migrations', 'flyway_schema_history', 'databasechangelog', 'atlas_schema_revisions',
    'alembic_version', '_prisma_migrations', 'goose_db_version', '_sqlx_migrations',
    '__drizzle_migrations')
ORDER BY 1, 2
