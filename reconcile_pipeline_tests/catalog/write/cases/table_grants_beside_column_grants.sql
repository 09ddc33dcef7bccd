REVOKE ALL ON odd."Table.One" FROM app_reader;
REVOKE SELECT ON odd."Table.One" FROM "odd Role";
GRANT INSERT ON odd."Table.One" TO PUBLIC;
