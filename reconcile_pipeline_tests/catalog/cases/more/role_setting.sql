-- expect: role_setting app_reader.statement_timeout created
ALTER ROLE app_reader SET statement_timeout = '3s';
