-- The databases of the seeds: rich has a bit of everything that a dump can hold, tiny only what a reader
-- must not do without. Both are small, because each byte of a seed is one that is mutated. bomb is so only when
-- it is compressed.
SELECT current_setting('server_version_num')::int >= 140000 AS v14 \gset
CREATE ROLE "Mixed Owner";
CREATE ROLE reader;
CREATE DATABASE rich;
CREATE DATABASE tiny;
CREATE DATABASE bomb;

\connect rich
CREATE SCHEMA "it's";
CREATE TYPE mood AS ENUM ('sad', 'o''k');
CREATE TABLE types (id integer PRIMARY KEY, name varchar(9), at timestamptz, n numeric(6,2), f real, b bytea,
    j jsonb, a integer[], m mood, u uuid, flag boolean DEFAULT true);
INSERT INTO types VALUES
    (1, 'one', '2026-01-01 00:00:00+00', 1.50, 'NaN', '\x000a5c2e', '{"k": [1, null]}', '{1,2}', 'o''k',
     '00000000-0000-0000-0000-000000000001', true),
    (2, NULL, 'infinity', NULL, -0.5, '', NULL, '{}', NULL, NULL, NULL);
CREATE TABLE empty (id integer);
CREATE TABLE no_columns ();
INSERT INTO no_columns SELECT FROM generate_series(1, 2);
-- What COPY escapes, and a name that a title shows otherwise.
CREATE TABLE "it's"."a ""b"" / c
d; Type: TABLE" (id serial, "v v" text);
ALTER TABLE "it's"."a ""b"" / c
d; Type: TABLE" OWNER TO "Mixed Owner";
INSERT INTO "it's"."a ""b"" / c
d; Type: TABLE" ("v v") VALUES (E'\\.'), (E'\n\\.\n'), (E'a\tb\r\nc'), (E'\\N'), (NULL), (E'\x01 größe 漢'), ('$$;--');
CREATE TABLE one_column (v text);
INSERT INTO one_column VALUES (E'\\.'), (''), (E'\\'), (repeat('long ', 60));
CREATE TABLE parted (k integer, v text) PARTITION BY LIST (k);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
INSERT INTO parted VALUES (1, 'x');
CREATE SEQUENCE counter START 5 CACHE 3;
SELECT nextval('counter');
CREATE VIEW several AS SELECT id, name AS "-- not a comment" FROM types WHERE name <> E'\\''';
CREATE FUNCTION quoted(n integer) RETURNS text LANGUAGE plpgsql AS $body$
BEGIN -- $$ ; \.
    RETURN $in$a;'b$in$ || n; /* ; */
END $body$;
\if :v14
CREATE FUNCTION atomic(n integer) RETURNS integer LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN n > 0 THEN 1 END; END;
\endif
COMMENT ON TABLE types IS E'a comment\nof two lines; -- Name: x; Type: TABLE; Schema: y; Owner: z';
GRANT SELECT ON types TO reader;
-- Objects of two owners and other rights: from 17 on these are groups, each with an entry of its own.
SELECT lo_from_bytea(16001, 'first'), lo_from_bytea(16002, ''), lo_from_bytea(16003, 'another''s'),
       lo_from_bytea(3000000000, decode(repeat('00ff0a', 30), 'hex'));
ALTER LARGE OBJECT 16003 OWNER TO "Mixed Owner";
GRANT SELECT ON LARGE OBJECT 3000000000 TO reader;
COMMENT ON LARGE OBJECT 16001 IS 'an object';

\connect tiny
CREATE TABLE t (v text);
INSERT INTO t VALUES (E'\\.'), ('x');
CREATE TABLE empty (v text);
SELECT lo_from_bytea(16001, 'first'), lo_from_bytea(16002, '');

\connect bomb
CREATE TABLE t (v text);
INSERT INTO t VALUES (repeat('x', 4 << 20));
