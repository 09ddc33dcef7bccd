REVOKE ALL ON odd."View.One" FROM "odd Role";
ALTER VIEW odd."View.One" RESET (security_invoker);
COMMENT ON COLUMN odd."View.One"."C" IS NULL;
