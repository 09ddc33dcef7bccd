-- What SQL writers stumble over: names that need quotes or hold dots, objects that need each other,
-- and every option that a definition leaves out.
CREATE SCHEMA "Odd.Schema";
CREATE SCHEMA odd;
CREATE SCHEMA "select";

-- Types that need each other.
CREATE TYPE "Odd.Schema"."My.Enum" AS ENUM ('a', 'it''s', 'B "quoted"', 'back\slash');
CREATE DOMAIN odd."Do.main" AS "Odd.Schema"."My.Enum"[] DEFAULT '{a}' CHECK (cardinality(VALUE) < 9);
CREATE DOMAIN odd.code AS varchar(8) COLLATE "C" NOT NULL
    CONSTRAINT "short, or not" CHECK (length(VALUE) > 1) CONSTRAINT upper_case CHECK (VALUE = upper(VALUE));
COMMENT ON CONSTRAINT "short, or not" ON DOMAIN odd.code IS E'two\nlines';
CREATE TYPE odd.pair AS ("Left Side" odd.code, "right" "Odd.Schema"."My.Enum"[], price numeric(8, 2));
COMMENT ON COLUMN odd.pair."Left Side" IS 'the left one';
CREATE TYPE odd.timerange AS RANGE (subtype = time, multirange_type_name = odd.many_times);
CREATE SEQUENCE "select"."from" AS smallint INCREMENT -2 MINVALUE -100 MAXVALUE 50 START 20 CACHE 3 CYCLE;

-- Functions that the tables need, and functions that need the tables.
CREATE FUNCTION odd."make.code"("the value" text DEFAULT 'x, y', VARIADIC rest text[] DEFAULT '{}')
    RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 7 AS $$ SELECT upper("the value") $$;
CREATE TABLE odd."Table.One" (
    "ID" bigint GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME odd."the numbers" START 100 INCREMENT 5),
    "Dot.Column" text COLLATE "C" DEFAULT odd."make.code"('a "b" ''c''') NOT NULL,
    kind "Odd.Schema"."My.Enum" DEFAULT 'it''s',
    kinds odd."Do.main",
    code odd.code,
    number integer DEFAULT nextval('"select"."from"'),
    twice integer GENERATED ALWAYS AS (number * 2) STORED,
    thrice integer GENERATED ALWAYS AS (number * 3) VIRTUAL,
    "position" point,
    during tstzrange,
    packed text STORAGE EXTERNAL COMPRESSION pglz,
    pairs odd.pair[],
    PRIMARY KEY ("ID") INCLUDE (number) WITH (fillfactor = 80),
    CONSTRAINT "no.two" UNIQUE NULLS NOT DISTINCT ("Dot.Column", kind) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT "not at once" EXCLUDE USING gist (during WITH &&) WHERE (number > 0),
    CONSTRAINT "named check" CHECK (("Dot.Column" <> 'x''y') AND number < 1000) NO INHERIT
) WITH (fillfactor = 70, autovacuum_enabled = false, toast.autovacuum_enabled = false);
ALTER TABLE odd."Table.One" ALTER COLUMN "Dot.Column" SET STATISTICS 500;
ALTER TABLE odd."Table.One" ALTER COLUMN number SET (n_distinct = -0.5);
COMMENT ON TABLE odd."Table.One" IS E'It''s a\\b\n"table"';
COMMENT ON COLUMN odd."Table.One"."Dot.Column" IS 'dotted';
COMMENT ON CONSTRAINT "no.two" ON odd."Table.One" IS 'never two';
CREATE SEQUENCE odd."own,ed";
ALTER SEQUENCE odd."own,ed" OWNED BY odd."Table.One".number;
CREATE INDEX "Index, one" ON odd."Table.One" (lower("Dot.Column") DESC NULLS LAST, (number + 1))
    INCLUDE (code) WITH (deduplicate_items = off) WHERE kind = 'it''s';
ALTER INDEX odd."Index, one" ALTER COLUMN 2 SET STATISTICS 300;
CREATE INDEX tags ON odd."Table.One" USING gin (kinds);
CREATE STATISTICS odd."Stat.One" (ndistinct, mcv) ON kind, (number * 2) FROM odd."Table.One";
ALTER STATISTICS odd."Stat.One" SET STATISTICS 77;
CREATE FUNCTION odd.of_table(odd."Table.One") RETURNS bigint LANGUAGE sql STABLE
    BEGIN ATOMIC SELECT $1."ID"; END;
CREATE FUNCTION odd.rows_of(OUT one integer, OUT "Two" text) RETURNS SETOF record LANGUAGE sql
    AS $body$ SELECT number, "Dot.Column" FROM odd."Table.One" $body$;
CREATE FUNCTION odd.as_table(n integer) RETURNS TABLE (a integer, b odd.code) LANGUAGE plpgsql
    ROWS 5 SET work_mem = '8MB' SET search_path = odd, "select", "Odd.Schema"
    AS $fn$ DECLARE r odd."Table.One"%ROWTYPE; BEGIN RETURN; END $fn$;
CREATE PROCEDURE odd."proc ed"(INOUT x integer) LANGUAGE plpgsql SECURITY DEFINER
    AS $$ BEGIN x := 1; END $$;
CREATE FUNCTION odd.first_agg(text, text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE AGGREGATE odd."First"(text) (sfunc = odd.first_agg, stype = text, initcond = 'it''s', parallel = safe);
CREATE AGGREGATE odd.my_percentile(float8 ORDER BY anyelement) (sfunc = ordered_set_transition,
    stype = internal, finalfunc = percentile_disc_final, finalfunc_extra);

-- Tables that point at each other, inherit, and are partitioned.
CREATE TABLE odd.hen (id integer PRIMARY KEY, egg integer);
CREATE TABLE odd.egg (id integer PRIMARY KEY, hen integer REFERENCES odd.hen ON UPDATE CASCADE);
ALTER TABLE odd.hen ADD CONSTRAINT hen_egg FOREIGN KEY (egg) REFERENCES odd.egg
    ON DELETE SET NULL (egg) DEFERRABLE NOT VALID;
CREATE TABLE odd.unkeyed (a integer, b integer);
CREATE UNIQUE INDEX by_both ON odd.unkeyed (a, b);
CREATE TABLE odd.pointing (a integer, b integer, FOREIGN KEY (b, a) REFERENCES odd.unkeyed (b, a) MATCH FULL);
CREATE TABLE odd.parent (id integer NOT NULL DEFAULT 1, note text, CHECK (id > 0));
CREATE TABLE odd.child (extra text) INHERITS (odd.parent);
CREATE TABLE odd.typed OF odd.pair;
CREATE TABLE odd.parted (id integer GENERATED BY DEFAULT AS IDENTITY, region text NOT NULL, at date,
    amount numeric DEFAULT 0 CHECK (amount >= 0), PRIMARY KEY (id, region, at)) PARTITION BY LIST (region);
CREATE TABLE odd.parted_eu PARTITION OF odd.parted FOR VALUES IN ('de', 'fr') PARTITION BY RANGE (at);
CREATE TABLE odd."parted eu.24" PARTITION OF odd.parted_eu (amount DEFAULT 5)
    FOR VALUES FROM ('2024-01-01') TO (MAXVALUE);
CREATE TABLE odd.parted_us (at date NOT NULL, amount numeric, region text NOT NULL, id integer NOT NULL,
    CONSTRAINT parted_amount_check CHECK (amount >= 0));
ALTER TABLE odd.parted ATTACH PARTITION odd.parted_us FOR VALUES IN ('us');
CREATE TABLE odd.parted_rest PARTITION OF odd.parted DEFAULT WITH (fillfactor = 50);
CREATE INDEX parted_at ON odd.parted (at);
CREATE UNLOGGED TABLE odd.fleeting (id serial, body jsonb DEFAULT '{"a": [1, "x"]}');
CREATE TABLE odd.empty ();

-- Views upon views.
CREATE VIEW odd."View.One" ("a.b", "C") WITH (security_barrier, security_invoker = true) AS
    SELECT "ID", odd."make.code"("Dot.Column") FROM odd."Table.One" WHERE kind <> 'a';
CREATE VIEW odd.a_view_on_it WITH (check_option = local) AS SELECT "C" AS c FROM odd."View.One" WHERE "C" > 'a';
CREATE VIEW odd.grouped AS SELECT "ID", "Dot.Column", count(*) FROM odd."Table.One" GROUP BY "ID";
CREATE MATERIALIZED VIEW odd.a_mat AS SELECT "a.b", count(*) AS n FROM odd."View.One" GROUP BY 1;
CREATE UNIQUE INDEX a_mat_key ON odd.a_mat ("a.b");
CREATE VIEW odd.on_mat AS SELECT n FROM odd.a_mat;
COMMENT ON COLUMN odd."View.One"."a.b" IS E'first\nof two';
COMMENT ON COLUMN odd."View.One"."C" IS 'second';
ALTER VIEW odd."View.One" ALTER COLUMN "C" SET DEFAULT 'c';
ALTER MATERIALIZED VIEW odd.a_mat ALTER COLUMN n SET STATISTICS 9;
CREATE RULE "Rule.One" AS ON INSERT TO odd.a_view_on_it DO INSTEAD
    INSERT INTO odd.unkeyed VALUES (1, length(NEW.c));
CREATE RULE keep AS ON UPDATE TO odd.unkeyed WHERE OLD.a = 1 DO ALSO DELETE FROM odd.pointing;
ALTER TABLE odd.unkeyed DISABLE RULE keep;

-- Who may do what.
ALTER TABLE odd."Table.One" ENABLE ROW LEVEL SECURITY;
ALTER TABLE odd."Table.One" FORCE ROW LEVEL SECURITY;
CREATE POLICY "Policy, one" ON odd."Table.One" AS RESTRICTIVE TO app_reader, "odd Role"
    USING (kind = 'a' AND "ID" IN (SELECT id FROM odd.hen)) WITH CHECK (odd.of_table("Table.One") > 0);
CREATE POLICY anyone ON odd."Table.One" FOR INSERT WITH CHECK (true);
COMMENT ON POLICY anyone ON odd."Table.One" IS 'anyone may';
GRANT SELECT ON odd."Table.One" TO "odd Role" WITH GRANT OPTION;
GRANT SELECT, UPDATE ("Dot.Column"), INSERT ("Dot.Column", kind) ON odd."Table.One" TO app_reader;
GRANT SELECT (kind) ON odd."Table.One" TO PUBLIC;
GRANT SELECT ("a.b") ON odd."View.One" TO "odd Role" WITH GRANT OPTION;
GRANT ALL ON SCHEMA odd TO "odd Role";
REVOKE ALL ON FUNCTION odd.rows_of() FROM PUBLIC;
REVOKE USAGE ON TYPE odd.code FROM PUBLIC;
GRANT USAGE ON SEQUENCE odd."the numbers", "select"."from" TO app_reader;
GRANT EXECUTE ON PROCEDURE odd."proc ed"(integer) TO "odd Role";
ALTER TABLE odd.hen OWNER TO "odd Role";
ALTER FUNCTION odd.first_agg(text, text) OWNER TO app_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE "odd Role" REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE "odd Role" IN SCHEMA "Odd.Schema" GRANT ALL ON TABLES TO app_reader WITH GRANT OPTION;

-- Triggers and the rest.
CREATE FUNCTION odd.fire() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER "Trigger.One" BEFORE INSERT OR UPDATE OF "Dot.Column" ON odd."Table.One" FOR EACH ROW
    WHEN (NEW.kind = 'it''s') EXECUTE FUNCTION odd.fire('an "arg"', 'it''s');
CREATE CONSTRAINT TRIGGER checked AFTER UPDATE ON odd.egg DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION odd.fire();
CREATE TRIGGER moved AFTER UPDATE ON odd.hen REFERENCING OLD TABLE AS was NEW TABLE AS now
    FOR EACH STATEMENT EXECUTE FUNCTION odd.fire();
ALTER TABLE odd.hen ENABLE ALWAYS TRIGGER moved;
CREATE TRIGGER through INSTEAD OF UPDATE ON odd.grouped FOR EACH ROW EXECUTE FUNCTION odd.fire();
CREATE TRIGGER each_part AFTER INSERT ON odd.parted FOR EACH ROW EXECUTE FUNCTION odd.fire();
CREATE FUNCTION odd.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
CREATE EVENT TRIGGER "Event.One" ON sql_drop EXECUTE FUNCTION odd.on_ddl();
ALTER EVENT TRIGGER "Event.One" DISABLE;
CREATE PUBLICATION "Pub.One" FOR TABLE odd."Table.One" ("ID", kind), odd.parted WITH (publish = 'insert, delete', publish_via_partition_root);
CREATE PUBLICATION pub_two FOR TABLES IN SCHEMA "select", "Odd.Schema";
ALTER TABLE odd.unkeyed ALTER COLUMN a SET NOT NULL;
ALTER TABLE odd.unkeyed ALTER COLUMN b SET NOT NULL;
ALTER TABLE odd.unkeyed REPLICA IDENTITY USING INDEX by_both;
ALTER TABLE odd.egg REPLICA IDENTITY FULL;
CREATE FUNCTION odd.differ(odd.pair, odd.pair) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT false';
CREATE OPERATOR odd.<-> (LEFTARG = odd.pair, RIGHTARG = odd.pair, FUNCTION = odd.differ, COMMUTATOR = OPERATOR(odd.<->));
CREATE FUNCTION odd.pair_code(odd.pair) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1.price::text';
CREATE CAST (odd.pair AS text) WITH FUNCTION odd.pair_code(odd.pair);
CREATE COLLATION odd."de.coll" (provider = libc, lc_collate = 'C', lc_ctype = 'POSIX');
CREATE TABLE odd.sorted (name text COLLATE odd."de.coll");
CREATE TEXT SEARCH CONFIGURATION odd."Search.One" (COPY = english);
CREATE INDEX searched ON odd.sorted USING gin (to_tsvector('odd."Search.One"', name COLLATE "C"));
