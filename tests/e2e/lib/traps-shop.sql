-- What an ordinary role can hang on a database beside names: code of hers wherever PostgreSQL calls some by itself.
-- Runs as mallory, who owns the database, after traps.sql; the rows are what a proof compares.
--
-- Not here, because no ordinary role can: base types with functions of hers (superusers only; the functions of one that
-- a superuser made and gave away cannot be replaced in a language of hers, which traps-superuser.sql has a case of),
-- event triggers, subscriptions, conversions of her own code. pg_temp is her session's alone.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SET search_path = '';
CREATE SCHEMA stock;
GRANT USAGE ON SCHEMA stock TO PUBLIC;

CREATE FUNCTION evil.sprung(what text, value anyelement) RETURNS anyelement IMMUTABLE LANGUAGE plpgsql AS
    'BEGIN PERFORM evil.spring(what); RETURN value; END';

-- types
CREATE TYPE evil.mood AS ENUM ('calm', 'cross');
CREATE TYPE evil.pair AS (a int4, b text);
CREATE FUNCTION evil.span_diff(int4, int4) RETURNS float8 IMMUTABLE LANGUAGE plpgsql AS
    'BEGIN PERFORM evil.spring(''subtype_diff of a range''); RETURN pg_catalog.float8(pg_catalog.int4mi($1, $2)); END';
CREATE TYPE evil.span AS RANGE (SUBTYPE = int4, SUBTYPE_DIFF = evil.span_diff);
CREATE DOMAIN evil.positive AS int4 DEFAULT evil.sprung('default of a domain', 7)
    CHECK (evil.sprung('CHECK of a domain', VALUE) > 0);

-- casts: a type of hers to text and to a number
CREATE FUNCTION evil.mood_text(evil.mood) RETURNS text IMMUTABLE LANGUAGE plpgsql AS
    'BEGIN PERFORM evil.spring(''cast of an enum to text''); RETURN pg_catalog.concat($1); END';
CREATE CAST (evil.mood AS text) WITH FUNCTION evil.mood_text(evil.mood) AS IMPLICIT;
CREATE FUNCTION evil.mood_int(evil.mood) RETURNS int4 IMMUTABLE LANGUAGE plpgsql AS
    'BEGIN PERFORM evil.spring(''cast of an enum to int4''); RETURN 1; END';
CREATE CAST (evil.mood AS int4) WITH FUNCTION evil.mood_int(evil.mood) AS IMPLICIT;
CREATE FUNCTION evil.pair_text(evil.pair) RETURNS text IMMUTABLE LANGUAGE plpgsql AS
    'BEGIN PERFORM evil.spring(''cast of a row to text''); RETURN $1.b; END';
CREATE CAST (evil.pair AS text) WITH FUNCTION evil.pair_text(evil.pair) AS IMPLICIT;
CREATE FUNCTION evil.span_text(evil.span) RETURNS text IMMUTABLE LANGUAGE plpgsql AS
    'BEGIN PERFORM evil.spring(''cast of a range to text''); RETURN pg_catalog.concat($1); END';
CREATE CAST (evil.span AS text) WITH FUNCTION evil.span_text(evil.span) AS IMPLICIT;
CREATE FUNCTION evil.moods_text(evil.mood[]) RETURNS text IMMUTABLE LANGUAGE plpgsql AS
    'BEGIN PERFORM evil.spring(''cast of an array to text''); RETURN pg_catalog.concat($1); END';
CREATE CAST (evil.mood[] AS text) WITH FUNCTION evil.moods_text(evil.mood[]) AS IMPLICIT;

-- a table with all that a table takes
CREATE SEQUENCE stock.numbers START 100;
CREATE TABLE stock.odd (
    id int4 PRIMARY KEY,
    positive evil.positive,
    mood evil.mood,
    pair evil.pair,
    span evil.span,
    moods evil.mood[],
    number int8 DEFAULT nextval('stock.numbers'),
    note text DEFAULT evil.sprung('default of a column', 'x'::text),
    doubled int4 GENERATED ALWAYS AS (evil.sprung('generated column', id) * 2) STORED,
    CONSTRAINT odd_check CHECK (evil.sprung('CHECK of a table', id) > 0),
    CONSTRAINT odd_constant CHECK (evil.sprung('constant in a CHECK', 1) > 0 OR id > 0),
    CONSTRAINT odd_span EXCLUDE USING gist (span WITH OPERATOR(pg_catalog.&&))
);
INSERT INTO stock.odd (id, positive, mood, pair, span, moods)
SELECT i, i, CASE WHEN i % 2 = 0 THEN 'calm'::evil.mood ELSE 'cross' END, ROW(i, 'p' || i)::evil.pair,
    evil.span(10 * i, 10 * i + 5), ARRAY['calm', 'cross']::evil.mood[] FROM generate_series(1, 5) i;

-- Expressions over constants are computed when a query on the table is planned, by whoever plans it.
CREATE INDEX odd_expression ON stock.odd (evil.sprung('index expression', id));
CREATE INDEX odd_constant_expression ON stock.odd ((evil.sprung('constant in an index expression', 1) + id));
CREATE INDEX odd_predicate ON stock.odd (id) WHERE evil.sprung('index predicate', id) > 2;
CREATE INDEX odd_constant_predicate ON stock.odd (id) WHERE evil.sprung('constant in an index predicate', true);
SELECT current_setting('server_version_num')::int >= 140000 AS extended \gset
\if :extended
CREATE STATISTICS stock.odd_statistics ON (evil.sprung('statistics expression', id)),
    (evil.sprung('constant in a statistics expression', 1) + id) FROM stock.odd;
\endif

-- triggers, rules and row security
CREATE FUNCTION evil.on_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM evil.spring(pg_catalog.concat(TG_WHEN, ' ', TG_OP, ' trigger of ', TG_TABLE_NAME, ', for each ', TG_LEVEL));
    RETURN COALESCE(NEW, OLD);
END
$$;
CREATE TRIGGER before_row BEFORE INSERT OR UPDATE OR DELETE ON stock.odd FOR EACH ROW EXECUTE FUNCTION evil.on_event();
CREATE TRIGGER before_statement BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON stock.odd EXECUTE FUNCTION evil.on_event();
CREATE TRIGGER after_statement AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON stock.odd EXECUTE FUNCTION evil.on_event();
CREATE CONSTRAINT TRIGGER deferred AFTER INSERT OR UPDATE ON stock.odd DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION evil.on_event();
ALTER TABLE stock.odd ENABLE ALWAYS TRIGGER before_row;
CREATE RULE odd_update AS ON UPDATE TO stock.odd DO ALSO SELECT evil.sprung('rule', 1);
CREATE POLICY odd_policy ON stock.odd USING (evil.sprung('row security', id) > 0)
    WITH CHECK (evil.sprung('row security WITH CHECK', id) > 0);
CREATE POLICY odd_constant ON stock.odd AS RESTRICTIVE USING (evil.sprung('constant in row security', true));
ALTER TABLE stock.odd ENABLE ROW LEVEL SECURITY;
ALTER TABLE stock.odd FORCE ROW LEVEL SECURITY;

-- partitions by an expression of hers, with a default
CREATE TABLE stock.parted (id int4 NOT NULL, note text)
    PARTITION BY RANGE ((evil.sprung('partition key', id) + evil.sprung('constant in a partition key', 0)));
CREATE TABLE stock.parted_low PARTITION OF stock.parted FOR VALUES FROM (0) TO (10);
CREATE TABLE stock.parted_rest PARTITION OF stock.parted DEFAULT;
INSERT INTO stock.parted SELECT i, 'row ' || i FROM generate_series(1, 20) i;
CREATE TABLE stock.heir (extra evil.positive) INHERITS (stock.odd);
INSERT INTO stock.heir (id, extra) VALUES (1001, 3);

-- a foreign key that compares by way of her cast
CREATE TABLE stock.kinds (kind int4 PRIMARY KEY);
INSERT INTO stock.kinds VALUES (1), (2);
CREATE TABLE stock.pets (id int2 REFERENCES stock.odd (id), mood evil.mood REFERENCES stock.kinds (kind));
INSERT INTO stock.pets VALUES (1, 'cross'), (2, 'calm');

-- views, routines, publication
CREATE VIEW stock.seen AS SELECT evil.sprung('view', o.id) AS id, (o.mood)::text AS mood FROM stock.odd o;
CREATE RULE seen_insert AS ON INSERT TO stock.seen DO INSTEAD SELECT evil.sprung('rule of a view', 1);
CREATE MATERIALIZED VIEW stock.kept AS SELECT evil.sprung('materialized view', o.id) AS id FROM stock.odd o;
CREATE INDEX kept_expression ON stock.kept (evil.sprung('index of a materialized view', id));
CREATE FUNCTION evil.total_step(int8, int4) RETURNS int8 LANGUAGE plpgsql AS
    'BEGIN PERFORM evil.spring(''aggregate of her own''); RETURN pg_catalog.int84pl($1, $2); END';
CREATE AGGREGATE evil.total(int4) (SFUNC = evil.total_step, STYPE = int8, INITCOND = '0');
CREATE PROCEDURE evil.act() LANGUAGE plpgsql AS 'BEGIN PERFORM evil.spring(''procedure''); END';
CREATE PUBLICATION news FOR TABLE stock.kinds;

-- names and comments that would be commands if somebody read them as such
CREATE TABLE stock."break
\! touch /tmp/sprung
--" (id int4, "column
\! touch /tmp/sprung
" text);
INSERT INTO stock."break
\! touch /tmp/sprung
--" VALUES (1, E'\\.\n\\! touch /tmp/sprung\n');
COMMENT ON TABLE stock.odd IS E'it''s\n\\! touch /tmp/sprung\n\\connect postgres\n$$;--';
SELECT lo_from_bytea(4711, 'of mallory') \g /dev/null
COMMENT ON LARGE OBJECT 4711 IS E'large\n\\! touch /tmp/sprung';
