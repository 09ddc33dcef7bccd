-- expect: role app_reader altered: login connection_limit member_of
ALTER ROLE app_reader LOGIN CONNECTION LIMIT 3;
GRANT app_owner TO app_reader WITH ADMIN OPTION;
