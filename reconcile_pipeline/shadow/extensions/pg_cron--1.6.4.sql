-- Jobs are rows that nobody runs.
DO $$ BEGIN  -- a copy of production's own may be there already, empty
  IF pg_catalog.to_regnamespace('cron') IS NULL THEN CREATE SCHEMA cron; END IF;
END $$;
GRANT USAGE ON SCHEMA cron TO PUBLIC;
CREATE SEQUENCE cron.jobid_seq;
CREATE SEQUENCE cron.runid_seq;

CREATE TABLE cron.job (
  jobid bigint PRIMARY KEY DEFAULT nextval('cron.jobid_seq'),
  schedule text NOT NULL,
  command text NOT NULL,
  nodename text NOT NULL DEFAULT 'localhost',
  nodeport int NOT NULL DEFAULT 5432,
  database text NOT NULL DEFAULT current_database(),
  username text NOT NULL DEFAULT current_user,
  active boolean NOT NULL DEFAULT true,
  jobname text,
  CONSTRAINT jobname_username_uniq UNIQUE (jobname, username)
);
CREATE TABLE cron.job_run_details (
  jobid bigint,
  runid bigint PRIMARY KEY DEFAULT nextval('cron.runid_seq'),
  job_pid integer,
  database text,
  username text,
  command text,
  status text,
  return_message text,
  start_time timestamptz,
  end_time timestamptz
);
GRANT ALL ON cron.job, cron.job_run_details TO PUBLIC;
GRANT ALL ON SEQUENCE cron.jobid_seq, cron.runid_seq TO PUBLIC;

CREATE FUNCTION cron.schedule(
  job_name text, schedule text, command text, database text, username text, active boolean)
RETURNS bigint LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  id bigint;
BEGIN
  INSERT INTO cron.job AS j (jobname, schedule, command, database, username, active)
  VALUES ($1, $2, $3, coalesce($4, current_database()), coalesce($5, current_user), coalesce($6, true))
  ON CONFLICT ON CONSTRAINT jobname_username_uniq DO UPDATE
    SET schedule = excluded.schedule, command = excluded.command, database = excluded.database,
        active = excluded.active
  RETURNING j.jobid INTO id;
  RETURN id;
END $$;
CREATE FUNCTION cron.schedule(schedule text, command text) RETURNS bigint LANGUAGE sql STRICT
AS $$ SELECT cron.schedule(NULL, $1, $2, NULL, NULL, true) $$;
CREATE FUNCTION cron.schedule(job_name text, schedule text, command text) RETURNS bigint
LANGUAGE sql STRICT AS $$ SELECT cron.schedule($1, $2, $3, NULL, NULL, true) $$;
CREATE FUNCTION cron.schedule_in_database(
  job_name text, schedule text, command text, database text, username text DEFAULT NULL,
  active boolean DEFAULT true)
RETURNS bigint LANGUAGE sql AS $$ SELECT cron.schedule($1, $2, $3, $4, $5, $6) $$;

CREATE FUNCTION cron.unschedule(job_id bigint) RETURNS boolean
LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM cron.job WHERE jobid = $1;
  IF NOT FOUND THEN
    RAISE 'could not find valid entry for job %', $1;
  END IF;
  RETURN true;
END $$;
CREATE FUNCTION cron.unschedule(job_name text) RETURNS boolean
LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM cron.job WHERE jobname = $1;
  IF NOT FOUND THEN
    RAISE 'could not find valid entry for job ''%''', $1;
  END IF;
  RETURN true;
END $$;
CREATE FUNCTION cron.alter_job(
  job_id bigint, schedule text DEFAULT NULL, command text DEFAULT NULL, database text DEFAULT NULL,
  username text DEFAULT NULL, active boolean DEFAULT NULL)
RETURNS void LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  UPDATE cron.job AS j
     SET schedule = coalesce($2, j.schedule), command = coalesce($3, j.command),
         database = coalesce($4, j.database), username = coalesce($5, j.username),
         active = coalesce($6, j.active)
   WHERE j.jobid = $1 $$;
