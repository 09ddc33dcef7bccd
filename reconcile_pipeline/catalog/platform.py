"""What Supabase itself owns in a database, and what of it is the user's all the same.

The platform migrates its own schemas, so a difference in them is no drift. Source: the hosted
platform's and the Supabase CLI's lists of internal schemas and reserved roles. `postgres` owns the
user's objects and is therefore in none of these sets.
"""

from __future__ import annotations

from typing import Final

MANAGED_SCHEMAS: Final[frozenset[str]] = frozenset({
    "_analytics", "_realtime", "_supavisor", "auth", "cron", "etl", "extensions", "graphql",
    "graphql_public", "information_schema", "net", "pgbouncer", "pgmq", "pgmq_public",
    "pgsodium", "pgsodium_masks", "pgtle", "realtime", "storage", "supabase_functions",
    "supabase_migrations", "vault", "dbdev", "repack", "tiger", "tiger_data", "topology",
})  # fmt: skip
"""Schemas that the platform or an extension fills; `pg_*` are left out always."""

PLATFORM_ROLES: Final[frozenset[str]] = frozenset({
    "anon", "authenticated", "authenticator", "service_role", "dashboard_user", "pgbouncer",
    "pgtle_admin", "cli_login_postgres", "supabase_admin", "supabase_auth_admin",
    "supabase_etl_admin", "supabase_functions_admin", "supabase_privileged_role",
    "supabase_read_only_user", "supabase_realtime_admin", "supabase_replication_admin",
    "supabase_storage_admin", "supabase_superuser", "pgsodium_keyholder",
    "pgsodium_keyiduser", "pgsodium_keymaker",
})  # fmt: skip
"""Roles whose attributes, settings and default privileges are the platform's business."""

PLATFORM_PUBLICATIONS: Final[frozenset[str]] = frozenset({"supabase_realtime_messages_publication"})
"""Publications of the platform. `supabase_realtime` is not one: its members are the user's."""

POLICY_TABLES: Final[frozenset[str]] = frozenset(
    {"storage.objects", "storage.buckets", "realtime.messages"}
)
"""Managed tables whose row-level security policies are the user's."""
