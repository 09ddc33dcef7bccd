-- Indexes and defaults of every shape that decides how the server writes them down. Names: plain,
-- quoted, keywords, not ASCII, with quotes, percent signs and dots in them.
CREATE SCHEMA "Odd ""Schema"".x";
CREATE SCHEMA other;
CREATE COLLATION other.plain FROM "C";
CREATE DOMAIN other.code AS text;
CREATE DOMAIN other.amount AS integer;
CREATE TYPE other.mood AS ENUM ('sad', 'glad');
CREATE FUNCTION other.twice(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';

CREATE TABLE other.plain (
    id bigint DEFAULT 7, "select" integer DEFAULT -1, "Mixed Case" text DEFAULT 'it''s 100%',
    "größe" numeric(10, 2) DEFAULT 1.50, "a""b" date DEFAULT CURRENT_DATE, "d.e" uuid,
    "%I%s" timestamptz DEFAULT now(), v varchar(9) DEFAULT 'v', c char(3), t text, n name,
    own text COLLATE other.plain DEFAULT ('x'::text COLLATE "C"), posix text COLLATE "POSIX",
    f float8 DEFAULT 'NaN', b boolean DEFAULT (NOT false), by bytea DEFAULT '\x00ff', i inet, ci cidr,
    ar integer[] DEFAULT '{1,2}', j jsonb DEFAULT '{"a": [1]}', r int4range, tv tsvector, o oid,
    code other.code DEFAULT 'c', amount other.amount DEFAULT other.twice(3), iv interval DEFAULT '1 day',
    mood other.mood DEFAULT 'sad', m money, bt bit(3) DEFAULT B'101', tm time, p point, x xid8,
    gen integer GENERATED ALWAYS AS ("select" + 1) STORED, ident integer GENERATED ALWAYS AS IDENTITY,
    e integer DEFAULT CASE WHEN random() > 2 THEN 1 ELSE other.twice(2) END, sn serial);
ALTER TABLE other.plain DROP COLUMN e;
CREATE TABLE "Odd ""Schema"".x"."Table.%I ""q""" (id integer, "user" text);

-- One column of each type, and two.
DO $$
DECLARE
    col text;
BEGIN
    FOR col IN SELECT attname FROM pg_attribute WHERE attrelid = 'other.plain'::regclass
        AND attnum > 0 AND NOT attisdropped AND atttypid NOT IN ('point'::regtype) LOOP
        EXECUTE format('CREATE INDEX ON other.plain (%I)', col);
        EXECUTE format('CREATE UNIQUE INDEX ON other.plain (%I, id)', col);
    END LOOP;
END $$;
CREATE INDEX "Quoted ""Index"" %s" ON "Odd ""Schema"".x"."Table.%I ""q""" (id, "user");
CREATE UNIQUE INDEX "table" ON "Odd ""Schema"".x"."Table.%I ""q""" ("user");

CREATE INDEX one_descending ON other.plain (id DESC);
CREATE INDEX one_nulls_first ON other.plain (id NULLS FIRST);
CREATE INDEX one_nulls_last ON other.plain (id DESC NULLS LAST);
CREATE INDEX second_descending ON other.plain (id, t DESC);
CREATE INDEX three ON other.plain (id, t, v);
CREATE INDEX same_twice ON other.plain (id, id);
CREATE INDEX with_more ON other.plain (id) INCLUDE (t);
CREATE UNIQUE INDEX nulls_alike ON other.plain (id, t) NULLS NOT DISTINCT;
CREATE UNIQUE INDEX nulls_alike_partial ON other.plain (id) NULLS NOT DISTINCT WHERE id > 0;
CREATE INDEX filled ON other.plain (id) WITH (fillfactor = 70);
CREATE INDEX deduplicated ON other.plain (id, t) WITH (deduplicate_items = off);
CREATE INDEX placed ON other.plain (id) TABLESPACE pg_default;
CREATE INDEX of_expression ON other.plain ((id + 1));
CREATE INDEX of_function ON other.plain (lower(t), id);
CREATE INDEX second_expression ON other.plain (id, (lower(t)));
CREATE INDEX partial ON other.plain (id) WHERE t IS NULL;
CREATE INDEX partial_and ON other.plain (id, t) WHERE t IS NULL AND "select" > 1 AND "Mixed Case" = 'x';
CREATE INDEX partial_or ON other.plain (id) WHERE b OR NOT b;
CREATE INDEX partial_boolean ON other.plain (id) WHERE b;
CREATE INDEX partial_quoted ON other.plain ("a""b") WHERE "%I%s" > '2020-01-01 00:00:00+00';
CREATE INDEX partial_call ON other.plain (id) WHERE other.twice("select") = 4 AND mood = 'sad';
CREATE INDEX partial_descending ON other.plain (id DESC) WHERE id > 1;
CREATE INDEX other_class ON other.plain (t text_pattern_ops);
CREATE INDEX other_class_second ON other.plain (id, t varchar_pattern_ops);
CREATE INDEX wrong_default ON other.plain (v bpchar_ops);
CREATE INDEX wrong_default_second ON other.plain (c, t bpchar_ops);
CREATE INDEX text_of_name ON other.plain (n name_ops);
CREATE INDEX other_collation ON other.plain (t COLLATE "C");
CREATE INDEX other_collation_second ON other.plain (id, t COLLATE "POSIX");
CREATE INDEX default_collation ON other.plain (own COLLATE "default");
CREATE INDEX same_collation ON other.plain (own COLLATE other.plain);
CREATE INDEX by_hash ON other.plain USING hash (id);
CREATE INDEX by_gin ON other.plain USING gin (j jsonb_path_ops);
CREATE INDEX by_gin_own ON other.plain USING gin (ar, tv);
CREATE INDEX by_gist ON other.plain USING gist (tv tsvector_ops (siglen = 100));
CREATE INDEX by_brin ON other.plain USING brin (id int8_minmax_multi_ops (values_per_range = 8));
CREATE INDEX by_brin_own ON other.plain USING brin (id);
CREATE INDEX by_spgist ON other.plain USING spgist (p);

CREATE OPERATOR CLASS other.reverse FOR TYPE integer USING btree AS
    OPERATOR 1 >, OPERATOR 2 >=, OPERATOR 3 =, OPERATOR 4 <=, OPERATOR 5 <,
    FUNCTION 1 btint4cmp(integer, integer);
CREATE INDEX own_class ON other.plain ("select" other.reverse);

CREATE MATERIALIZED VIEW other.seen AS SELECT id, "select", t FROM other.plain;
CREATE UNIQUE INDEX ON other.seen (id);
CREATE INDEX ON other.seen ("select") WHERE t IS NOT NULL;

CREATE TABLE other.parted (id integer NOT NULL, at date NOT NULL, note text) PARTITION BY RANGE (at);
CREATE TABLE other.part PARTITION OF other.parted FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE INDEX parted_all ON other.parted (note);
CREATE INDEX parted_only ON ONLY other.parted (id, at);
CREATE INDEX part_alone ON other.part (note, id);
CREATE UNIQUE INDEX parted_unique ON ONLY other.parted (at) WHERE note IS NULL;

-- Behind a constraint, or beside one.
CREATE TABLE other.bound (id integer PRIMARY KEY, a integer UNIQUE, b integer, during int4range,
    EXCLUDE USING gist (during WITH &&), CONSTRAINT bound_b UNIQUE (b, a) DEFERRABLE);
CREATE UNIQUE INDEX beside ON other.bound (a);
CREATE UNIQUE INDEX taken ON other.bound (b);
ALTER TABLE other.bound ADD CONSTRAINT taken UNIQUE USING INDEX taken;
ALTER TABLE other.bound RENAME COLUMN a TO "A renamed";

-- Triggers: every moment and event, and what is written down by the server only.
CREATE FUNCTION other."Fire ""it""" () RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER "a ""b""" BEFORE INSERT ON other.plain
    FOR EACH ROW EXECUTE FUNCTION other."Fire ""it""" ();
CREATE TRIGGER "select" AFTER INSERT OR UPDATE OR DELETE ON other.plain
    FOR EACH ROW EXECUTE FUNCTION other."Fire ""it""" ();
CREATE TRIGGER gone AFTER DELETE ON other.plain
    FOR EACH ROW EXECUTE FUNCTION other."Fire ""it""" ();
CREATE TRIGGER emptied BEFORE TRUNCATE ON other.plain
    FOR EACH STATEMENT EXECUTE FUNCTION other."Fire ""it""" ();
CREATE TRIGGER every AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON other.plain
    FOR EACH STATEMENT EXECUTE FUNCTION other."Fire ""it""" ();
CREATE TRIGGER the_servers BEFORE UPDATE ON other.plain
    FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
CREATE TRIGGER with_words BEFORE INSERT ON other.plain
    FOR EACH ROW EXECUTE FUNCTION other."Fire ""it""" ('a', 'it''s');
CREATE TRIGGER of_columns BEFORE UPDATE OF id, "select" ON other.plain
    FOR EACH ROW EXECUTE FUNCTION other."Fire ""it""" ();
CREATE TRIGGER sometimes BEFORE UPDATE ON other.plain
    FOR EACH ROW WHEN (NEW.id > 3) EXECUTE FUNCTION other."Fire ""it""" ();
CREATE TRIGGER with_tables AFTER UPDATE ON other.plain
    REFERENCING OLD TABLE AS was NEW TABLE AS "Is"
    FOR EACH STATEMENT EXECUTE FUNCTION other."Fire ""it""" ();
CREATE TRIGGER with_a_table AFTER INSERT ON other.plain REFERENCING NEW TABLE AS new_ones
    FOR EACH STATEMENT EXECUTE FUNCTION other."Fire ""it""" ();
CREATE CONSTRAINT TRIGGER later AFTER INSERT ON other.plain DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION other."Fire ""it""" ();
CREATE TRIGGER on_parts AFTER INSERT ON other.parted
    FOR EACH ROW EXECUTE FUNCTION other."Fire ""it""" ();
CREATE VIEW other."A view" AS SELECT id FROM other.plain;
CREATE TRIGGER instead INSTEAD OF INSERT OR DELETE ON other."A view"
    FOR EACH ROW EXECUTE FUNCTION other."Fire ""it""" ();
ALTER TABLE other.plain DISABLE TRIGGER gone;
