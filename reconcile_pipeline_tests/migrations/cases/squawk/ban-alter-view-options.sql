ALTER VIEW v SET (security_invoker = true);
ALTER VIEW v RESET (security_barrier);
ALTER VIEW v ALTER COLUMN a SET DEFAULT 1;
