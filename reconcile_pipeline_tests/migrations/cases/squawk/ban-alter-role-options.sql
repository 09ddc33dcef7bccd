ALTER ROLE r NOLOGIN;
ALTER ROLE r SET search_path = '';
ALTER USER u PASSWORD 'x';
ALTER ROLE ALL SET statement_timeout = 1;
