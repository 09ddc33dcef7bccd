-- Queues are the tables that the real extension makes: q_NAME for messages, a_NAME for the archive.
CREATE TABLE pgmq.meta (
  queue_name varchar UNIQUE NOT NULL,
  is_partitioned boolean NOT NULL,
  is_unlogged boolean NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TYPE pgmq.message_record AS (
  msg_id bigint, read_ct integer, enqueued_at timestamptz, vt timestamptz, message jsonb,
  headers jsonb);
CREATE TYPE pgmq.queue_record AS (
  queue_name varchar, is_partitioned boolean, is_unlogged boolean, created_at timestamptz);
CREATE TYPE pgmq.metrics_result AS (
  queue_name text, queue_length bigint, newest_msg_age_sec int, oldest_msg_age_sec int,
  total_messages bigint, scrape_time timestamptz, queue_visible_length bigint);
GRANT USAGE, CREATE ON SCHEMA pgmq TO PUBLIC;
GRANT ALL ON pgmq.meta TO PUBLIC;

CREATE FUNCTION pgmq.format_table_name(queue_name text, prefix text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF $1 ~ '[$;'']|--' THEN
    RAISE 'queue name contains invalid characters: $, ;, --, or ''';
  END IF;
  RETURN lower($2 || '_' || $1);
END $$;
CREATE FUNCTION pgmq.validate_queue_name(queue_name text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF length($1) > 47 THEN
    RAISE 'queue name is too long, maximum length is 47 characters';
  END IF;
END $$;

CREATE FUNCTION pgmq.create_table_of(queue_name text, unlogged boolean) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  q text := pgmq.format_table_name($1, 'q');
  a text := pgmq.format_table_name($1, 'a');
BEGIN
  PERFORM pgmq.validate_queue_name($1);
  EXECUTE format('CREATE %s TABLE IF NOT EXISTS pgmq.%I (
      msg_id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, read_ct int NOT NULL DEFAULT 0,
      enqueued_at timestamptz NOT NULL DEFAULT now(), vt timestamptz NOT NULL, message jsonb,
      headers jsonb)', CASE WHEN $2 THEN 'UNLOGGED' ELSE '' END, q);
  EXECUTE format('CREATE TABLE IF NOT EXISTS pgmq.%I (
      msg_id bigint PRIMARY KEY, read_ct int NOT NULL DEFAULT 0,
      enqueued_at timestamptz NOT NULL DEFAULT now(), archived_at timestamptz NOT NULL DEFAULT now(),
      vt timestamptz NOT NULL, message jsonb, headers jsonb)', a);
  EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON pgmq.%I (vt ASC)', q || '_vt_idx', q);
  EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON pgmq.%I (archived_at)',
                 'archived_at_idx_' || $1, a);
  INSERT INTO pgmq.meta (queue_name, is_partitioned, is_unlogged) VALUES ($1, false, $2)
  ON CONFLICT DO NOTHING;
END $$;
CREATE FUNCTION pgmq.create_non_partitioned(queue_name text) RETURNS void LANGUAGE sql
AS $$ SELECT pgmq.create_table_of($1, false) $$;
CREATE FUNCTION pgmq.create_unlogged(queue_name text) RETURNS void LANGUAGE sql
AS $$ SELECT pgmq.create_table_of($1, true) $$;
CREATE FUNCTION pgmq."create"(queue_name text) RETURNS void LANGUAGE sql
AS $$ SELECT pgmq.create_table_of($1, false) $$;
CREATE FUNCTION pgmq.create_partitioned(
  queue_name text, partition_interval text DEFAULT '10000', retention_interval text DEFAULT '100000')
RETURNS void LANGUAGE sql AS $$ SELECT pgmq.create_table_of($1, false) $$;

CREATE FUNCTION pgmq.drop_queue(queue_name text) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format('DROP TABLE IF EXISTS pgmq.%I', pgmq.format_table_name($1, 'q'));
  EXECUTE format('DROP TABLE IF EXISTS pgmq.%I', pgmq.format_table_name($1, 'a'));
  DELETE FROM pgmq.meta m WHERE m.queue_name = $1;
  RETURN FOUND;
END $$;
CREATE FUNCTION pgmq.drop_queue(queue_name text, partitioned boolean) RETURNS boolean LANGUAGE sql
AS $$ SELECT pgmq.drop_queue($1) $$;
CREATE FUNCTION pgmq.list_queues() RETURNS SETOF pgmq.queue_record LANGUAGE sql
AS $$ SELECT queue_name, is_partitioned, is_unlogged, created_at FROM pgmq.meta $$;
CREATE FUNCTION pgmq.purge_queue(queue_name text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  purged bigint;
BEGIN
  EXECUTE format('DELETE FROM pgmq.%I', pgmq.format_table_name($1, 'q'));
  GET DIAGNOSTICS purged = ROW_COUNT;
  RETURN purged;
END $$;
CREATE FUNCTION pgmq.detach_archive(queue_name text) RETURNS void LANGUAGE sql AS $$ SELECT $$;

CREATE FUNCTION pgmq.send_batch(queue_name text, msgs jsonb[], headers jsonb[], delay timestamptz)
RETURNS SETOF bigint LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY EXECUTE format('INSERT INTO pgmq.%I (vt, message, headers)
      SELECT $3, m, h FROM unnest($1, $2) AS u (m, h) RETURNING msg_id',
    pgmq.format_table_name($1, 'q')) USING $2, $3, $4;
END $$;
CREATE FUNCTION pgmq.send_batch(queue_name text, msgs jsonb[]) RETURNS SETOF bigint LANGUAGE sql
AS $$ SELECT pgmq.send_batch($1, $2, '{}'::jsonb[], clock_timestamp()) $$;
CREATE FUNCTION pgmq.send_batch(queue_name text, msgs jsonb[], headers jsonb[])
RETURNS SETOF bigint LANGUAGE sql
AS $$ SELECT pgmq.send_batch($1, $2, $3, clock_timestamp()) $$;
CREATE FUNCTION pgmq.send_batch(queue_name text, msgs jsonb[], delay integer)
RETURNS SETOF bigint LANGUAGE sql
AS $$ SELECT pgmq.send_batch($1, $2, '{}'::jsonb[], clock_timestamp() + make_interval(secs => $3)) $$;
CREATE FUNCTION pgmq.send_batch(queue_name text, msgs jsonb[], delay timestamptz)
RETURNS SETOF bigint LANGUAGE sql AS $$ SELECT pgmq.send_batch($1, $2, '{}'::jsonb[], $3) $$;
CREATE FUNCTION pgmq.send_batch(queue_name text, msgs jsonb[], headers jsonb[], delay integer)
RETURNS SETOF bigint LANGUAGE sql
AS $$ SELECT pgmq.send_batch($1, $2, $3, clock_timestamp() + make_interval(secs => $4)) $$;
CREATE FUNCTION pgmq.send(queue_name text, msg jsonb, headers jsonb, delay timestamptz)
RETURNS SETOF bigint LANGUAGE sql AS $$ SELECT pgmq.send_batch($1, ARRAY[$2], ARRAY[$3], $4) $$;
CREATE FUNCTION pgmq.send(queue_name text, msg jsonb) RETURNS SETOF bigint LANGUAGE sql
AS $$ SELECT pgmq.send_batch($1, ARRAY[$2], '{}'::jsonb[], clock_timestamp()) $$;
CREATE FUNCTION pgmq.send(queue_name text, msg jsonb, headers jsonb) RETURNS SETOF bigint
LANGUAGE sql AS $$ SELECT pgmq.send_batch($1, ARRAY[$2], ARRAY[$3], clock_timestamp()) $$;
CREATE FUNCTION pgmq.send(queue_name text, msg jsonb, delay integer) RETURNS SETOF bigint
LANGUAGE sql AS $$
  SELECT pgmq.send_batch($1, ARRAY[$2], '{}'::jsonb[], clock_timestamp() + make_interval(secs => $3))
$$;
CREATE FUNCTION pgmq.send(queue_name text, msg jsonb, delay timestamptz) RETURNS SETOF bigint
LANGUAGE sql AS $$ SELECT pgmq.send_batch($1, ARRAY[$2], '{}'::jsonb[], $3) $$;
CREATE FUNCTION pgmq.send(queue_name text, msg jsonb, headers jsonb, delay integer)
RETURNS SETOF bigint LANGUAGE sql AS $$
  SELECT pgmq.send_batch($1, ARRAY[$2], ARRAY[$3], clock_timestamp() + make_interval(secs => $4))
$$;

CREATE FUNCTION pgmq.read(queue_name text, vt integer, qty integer, conditional jsonb DEFAULT '{}')
RETURNS SETOF pgmq.message_record LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY EXECUTE format('UPDATE pgmq.%I AS m
        SET vt = clock_timestamp() + make_interval(secs => $1), read_ct = read_ct + 1
      WHERE msg_id IN (SELECT msg_id FROM pgmq.%1$I WHERE vt <= clock_timestamp()
                          AND message @> $3 ORDER BY msg_id LIMIT $2)
      RETURNING msg_id, read_ct, enqueued_at, vt, message, headers',
    pgmq.format_table_name($1, 'q')) USING $2, $3, $4;
END $$;
CREATE FUNCTION pgmq.read_with_poll(
  queue_name text, vt integer, qty integer, max_poll_seconds integer DEFAULT 5,
  poll_interval_ms integer DEFAULT 100, conditional jsonb DEFAULT '{}')
RETURNS SETOF pgmq.message_record LANGUAGE sql AS $$ SELECT pgmq.read($1, $2, $3, $6) $$;
CREATE FUNCTION pgmq.pop(queue_name text) RETURNS SETOF pgmq.message_record
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY EXECUTE format('DELETE FROM pgmq.%I WHERE msg_id = (SELECT msg_id FROM pgmq.%1$I
        WHERE vt <= clock_timestamp() ORDER BY msg_id LIMIT 1)
      RETURNING msg_id, read_ct, enqueued_at, vt, message, headers',
    pgmq.format_table_name($1, 'q'));
END $$;
CREATE FUNCTION pgmq.archive(queue_name text, msg_ids bigint[]) RETURNS SETOF bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY EXECUTE format('WITH gone AS (DELETE FROM pgmq.%I WHERE msg_id = ANY ($1)
        RETURNING msg_id, vt, read_ct, enqueued_at, message, headers)
      INSERT INTO pgmq.%I (msg_id, vt, read_ct, enqueued_at, message, headers)
      SELECT * FROM gone RETURNING msg_id',
    pgmq.format_table_name($1, 'q'), pgmq.format_table_name($1, 'a')) USING $2;
END $$;
CREATE FUNCTION pgmq.archive(queue_name text, msg_id bigint) RETURNS boolean LANGUAGE sql
AS $$ SELECT count(*) > 0 FROM pgmq.archive($1, ARRAY[$2]) $$;
CREATE FUNCTION pgmq.delete(queue_name text, msg_ids bigint[]) RETURNS SETOF bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY EXECUTE format('DELETE FROM pgmq.%I WHERE msg_id = ANY ($1) RETURNING msg_id',
    pgmq.format_table_name($1, 'q')) USING $2;
END $$;
CREATE FUNCTION pgmq.delete(queue_name text, msg_id bigint) RETURNS boolean LANGUAGE sql
AS $$ SELECT count(*) > 0 FROM pgmq.delete($1, ARRAY[$2]) $$;
CREATE FUNCTION pgmq.set_vt(queue_name text, msg_id bigint, vt integer)
RETURNS SETOF pgmq.message_record LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY EXECUTE format('UPDATE pgmq.%I SET vt = clock_timestamp() + make_interval(secs => $2)
      WHERE msg_id = $1 RETURNING msg_id, read_ct, enqueued_at, vt, message, headers',
    pgmq.format_table_name($1, 'q')) USING $2, $3;
END $$;
CREATE FUNCTION pgmq.metrics(queue_name text) RETURNS pgmq.metrics_result
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  result pgmq.metrics_result;
BEGIN
  EXECUTE format('SELECT %L, count(*), 0, 0, count(*), now(), count(*) FROM pgmq.%I',
    $1, pgmq.format_table_name($1, 'q')) INTO result;
  RETURN result;
END $$;
CREATE FUNCTION pgmq.metrics_all() RETURNS SETOF pgmq.metrics_result LANGUAGE sql
AS $$ SELECT pgmq.metrics(queue_name) FROM pgmq.meta $$;
