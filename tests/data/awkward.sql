-- A database with the awkward things in it, for psql and a superuser, PostgreSQL 13 and newer.
-- Roles are the server's, so they are made only where they are missing: the file may run in several databases
-- of one server. Everything that differs by version stands under \if.
\set QUIET on
SELECT current_setting('server_version_num')::int >= 140000 AS v14,
       current_setting('server_version_num')::int >= 150000 AS v15 \gset
SET client_min_messages = error;

-- --- roles -------------------------------------------------------------------------------------------
DO $roles$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['plain_owner', 'Mixed Owner', 'o''quote', 'dou"ble', 'back\slash', 'größe', 'reader']
    LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
            EXECUTE format('CREATE ROLE %I', name);
        END IF;
    END LOOP;
END
$roles$;
ALTER ROLE "Mixed Owner" LOGIN PASSWORD 'p''w "with\everything$';
GRANT reader TO "Mixed Owner" WITH ADMIN OPTION;

-- --- extensions --------------------------------------------------------------------------------------
CREATE SCHEMA ext;
CREATE EXTENSION hstore SCHEMA ext;
CREATE EXTENSION pg_trgm SCHEMA ext;
CREATE EXTENSION pgcrypto SCHEMA ext;
CREATE EXTENSION citext;
CREATE EXTENSION postgres_fdw;
COMMENT ON EXTENSION citext IS 'a comment of our own';

-- --- names -------------------------------------------------------------------------------------------
CREATE SCHEMA "Mixed Case" AUTHORIZATION "Mixed Owner";
CREATE SCHEMA "it's";
CREATE SCHEMA "schéma";
CREATE TABLE "Mixed Case"."Table" ("Id" int PRIMARY KEY, "SELECT" text DEFAULT 'de''fault');
INSERT INTO "Mixed Case"."Table" VALUES (1, 'one'), (2, NULL);
CREATE TABLE "it's"."a/b c" ("x y" int, "z""q" text);
INSERT INTO "it's"."a/b c" VALUES (1, 'slash and space');
CREATE TABLE "schéma"."表 ☃" ("列" int, "ü" text);
INSERT INTO "schéma"."表 ☃" VALUES (1, 'naïve ☃ 😀'), (2, '');
CREATE TABLE "do$lar;semi%percent" (a int);
INSERT INTO "do$lar;semi%percent" VALUES (1);
CREATE TABLE "back\slash'single" (a int);
INSERT INTO "back\slash'single" VALUES (2);
CREATE TABLE "dou""ble" (a int);
INSERT INTO "dou""ble" VALUES (3);
CREATE TABLE "-- not a comment" ("\." text);
INSERT INTO "-- not a comment" VALUES (E'\\.'), (E'a\\.\nb'), (E'\n\\.\n'), (E'\\N'), (NULL);
CREATE TABLE "../../etc" (a int);
INSERT INTO "../../etc" VALUES (4);
CREATE TABLE " leading and trailing " (" " int);
CREATE TABLE "sixty-three-bytes-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" (a int);
SELECT format(E'CREATE TABLE %I (%I int, b text)', E'new\nline', E'col\numn') \gexec
SELECT format(E'INSERT INTO %I VALUES (1, %L)', E'new\nline', E'COPY x FROM stdin;\n\\.\n') \gexec
SELECT format(E'CREATE INDEX %I ON %I (b)', E'index\nof it', E'new\nline') \gexec
SELECT format(E'CREATE TABLE %I (a int)', E'tab\tcr\rend') \gexec

-- --- types -------------------------------------------------------------------------------------------
CREATE DOMAIN positive AS int CHECK (VALUE > 0) DEFAULT 1;
CREATE DOMAIN "e mail" AS text COLLATE "C" NOT NULL CONSTRAINT "at sign" CHECK (VALUE LIKE '%@%');
CREATE TYPE mood AS ENUM ('sad', 'o''k', 'Häppy', '');
ALTER TYPE mood ADD VALUE 'between' BEFORE 'Häppy';
CREATE TYPE pair AS (a int, "b c" text COLLATE "C");
CREATE TYPE nested AS (p pair, moods mood[]);
CREATE TYPE float_range AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE TYPE shell_only;
CREATE COLLATION ext."de-x" (provider = icu, locale = 'de-u-co-phonebk');
CREATE COLLATION ext.copied FROM "C";

CREATE TABLE all_types (
    id int PRIMARY KEY, b boolean, i2 smallint, i8 bigint, num numeric, num2 numeric(12, 4), r real, d float8,
    m money, t text, vc varchar(10), c char(5), "one" "char", n name, bin bytea, ts timestamp, tz timestamptz,
    da date, ti time, tt timetz, iv interval, ip inet, ci cidr, ma macaddr, ma8 macaddr8,
    u uuid
);
INSERT INTO all_types VALUES
    (1, true, -32768, -9223372036854775808, repeat('9', 400)::numeric, 99999999.9999, '-Infinity', 'Infinity',
     '-92233720368547758.08', E'tab\t nl\n cr\r bs\b ff\f \\ '' "', 'é', 'ab', 'A', 'na me', '', '-infinity',
     'infinity', '4713-01-01 BC', '24:00', '23:59:59.999999-15:59', '-170000000 years', '0.0.0.0/0', '::/0',
     '08:00:2b:01:02:03', '08:00:2b:ff:fe:01:02:03', '00000000-0000-0000-0000-000000000000'),
    (2, false, 32767, 9223372036854775807, 'NaN', -0.0001, 'NaN', 'NaN', '92233720368547758.07', '', '', '', '', '',
     '\x00', '4714-11-24 00:00:00 BC', '294276-12-31 23:59:59.999999+00', 'infinity', '00:00', '00:00+15:59',
     '1 mon -1 day 00:00:00.000001', 'fe80::1/64', '10.0.0.0/8', NULL, NULL, gen_random_uuid()),
    (3, NULL, NULL, NULL, 1e-300, NULL, '1.17549435e-38', '5e-324', NULL, NULL, NULL, NULL, E'\x7f', NULL, NULL,
     NULL, '4714-11-24 00:00:00+00 BC', '-infinity', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (4, NULL, 0, 0, 0.00000, 0, '-0', '1.7976931348623157e308', 0, E'\u00a0\u200b\ufeff', NULL, NULL, NULL, NULL,
     (SELECT decode(string_agg(lpad(to_hex(i), 2, '0'), '' ORDER BY i), 'hex') FROM generate_series(0, 255) i),
     NULL, NULL, '5874897-12-31', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE more_types (
    id int PRIMARY KEY, j json, jb jsonb, x xml, ia int[], ta text[], na numeric[][], bi bit(5), vb bit varying,
    p point, l line, ls lseg, bx box, pa path, po polygon, ci circle, ir int4range, nr numrange, tr tstzrange,
    dr daterange, fr float_range, tv tsvector, tq tsquery, h ext.hstore, ct citext, mo mood, pr pair, ne nested,
    po2 positive, em "e mail", oi oid, rc regclass, xi xid, ls2 pg_lsn, ab aclitem, pra pair[]
);
INSERT INTO more_types VALUES
    (1, '{"a" : 1,  "a": [null, "\u00e9\n"]}', '{"b": 1e400, "a": {"": []}}', '<r a="1"><![CDATA[<&>]]></r>',
     '{1,NULL,3}', ARRAY['', NULL, 'NULL', 'a,b', '{}', '"', E'\\', E'\n'], '{{1,2},{NaN,4}}', B'10101', B'',
     '(1,-0)', '{1,2,3}', '[(0,0),(1,1)]', '(1,1),(0,0)', '[(0,0),(1,1)]', '((0,0),(1,1),(2,0))', '<(0,0),1>',
     '[1,5)', '(,1.5]', '[2020-01-01 00:00+00,infinity)', 'empty', '[0.5,NaN]', '''it''''s'':1A,2 cat:3',
     '!a & (b | c:*A)', '"k y"=>"v\"al", "n"=>NULL', 'CiText', 'o''k', ROW(1, E'a,"b')::pair,
     ROW(ROW(NULL, '')::pair, '{sad,"",o''k}')::nested, 7, 'a@b', 4294967295, 'all_types', '1', 'FF/FF',
     'reader=r/postgres', ARRAY[ROW(1, NULL)::pair, NULL]),
    (2, 'null', 'null', '', '{}', '[0:1]={a,b}', NULL, B'00000', B'1', NULL, NULL, NULL, NULL, NULL, NULL, NULL,
     'empty', 'empty', NULL, '(,)', NULL, '', NULL, '', '', '', NULL, NULL, 1, '@', 0, NULL, NULL, '0/0', NULL, '{}');
\if :v14
CREATE TABLE multiranges (a int4multirange, b tstzmultirange, c float_multirange);
INSERT INTO multiranges VALUES ('{[1,2),[5,9)}', '{}', '{[0.5,1.5),[2,)}'), (NULL, NULL, '{}');
CREATE TABLE packed (a text COMPRESSION pglz DEFAULT '');
CREATE TABLE infinite (a numeric);
INSERT INTO infinite VALUES ('Infinity'), ('-Infinity');
\endif

-- --- large values: 50 MiB of text in one field, 50 MiB of bytes that do not compress ------------------
CREATE TABLE large_fields (id int PRIMARY KEY, t text, b bytea);
ALTER TABLE large_fields ALTER t SET STORAGE EXTERNAL, ALTER b SET STORAGE EXTERNAL;
INSERT INTO large_fields SELECT 1, repeat(string_agg(md5(i::text) || E'\n', ''), 500), NULL
FROM generate_series(1, 3200) i;
INSERT INTO large_fields SELECT 2, NULL, string_agg(ext.gen_random_bytes(1024), '') FROM generate_series(1, 51200) i;
INSERT INTO large_fields VALUES (3, '', '');

-- --- large objects -----------------------------------------------------------------------------------
SELECT lo_from_bytea(4242, (SELECT string_agg(ext.gen_random_bytes(1000), '') FROM generate_series(1, 1000) i)) \g /dev/null
SELECT lo_create(4243), lo_from_bytea(4244, '\x000a0d1a5c00') \g /dev/null
COMMENT ON LARGE OBJECT 4243 IS 'empty, and it''s meant to be';
GRANT SELECT, UPDATE ON LARGE OBJECT 4244 TO reader, "Mixed Owner";
ALTER LARGE OBJECT 4242 OWNER TO "Mixed Owner";

-- --- tables of every kind ----------------------------------------------------------------------------
CREATE TABLE no_columns ();
INSERT INTO no_columns DEFAULT VALUES;
INSERT INTO no_columns DEFAULT VALUES;
CREATE TABLE no_rows (a int PRIMARY KEY);
CREATE UNLOGGED TABLE unlogged (a int);
INSERT INTO unlogged VALUES (1);
SELECT format('CREATE TABLE wide (%s)', string_agg(format('c%s int DEFAULT %s', i, i), ', '))
FROM generate_series(1, 1000) i \gexec
INSERT INTO wide DEFAULT VALUES;
CREATE TABLE dropped_columns (a int, b text, c int);
INSERT INTO dropped_columns VALUES (1, 'gone', 3);
ALTER TABLE dropped_columns DROP COLUMN b;
ALTER TABLE dropped_columns ADD COLUMN d int DEFAULT 4;
CREATE TABLE computed (
    a int GENERATED ALWAYS AS IDENTITY (START 100 INCREMENT -7 MINVALUE -1000 MAXVALUE 1000),
    b int GENERATED BY DEFAULT AS IDENTITY,
    c int GENERATED ALWAYS AS (b * 2) STORED,
    d serial, "E" text GENERATED ALWAYS AS (upper(b::text || 'ß')) STORED
);
INSERT INTO computed DEFAULT VALUES;
INSERT INTO computed (a, b) OVERRIDING SYSTEM VALUE VALUES (5, 50);
CREATE TABLE parent (a int, b text DEFAULT 'parent', CONSTRAINT positive_a CHECK (a > 0));
CREATE TABLE child (c int) INHERITS (parent);
CREATE TABLE grandchild () INHERITS (child);
ALTER TABLE child ALTER b SET DEFAULT 'child';
INSERT INTO parent VALUES (1);
INSERT INTO child VALUES (2, 'x', 3);
INSERT INTO grandchild VALUES (3, 'y', 4);
CREATE TABLE by_range (id int, at date NOT NULL, v text) PARTITION BY RANGE (at);
CREATE TABLE "by range 2024" PARTITION OF by_range FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')
    PARTITION BY LIST (v);
CREATE TABLE by_range_2024_a PARTITION OF "by range 2024" FOR VALUES IN ('a', NULL);
CREATE TABLE by_range_2024_rest PARTITION OF "by range 2024" DEFAULT;
CREATE TABLE by_range_rest (v text, at date NOT NULL, id int);
ALTER TABLE by_range ATTACH PARTITION by_range_rest DEFAULT;
CREATE INDEX by_range_v ON by_range (v);
CREATE UNIQUE INDEX by_range_key ON ONLY by_range (id, at, v);
INSERT INTO by_range SELECT i, '2023-06-01'::date + i * 10, CASE i % 3 WHEN 0 THEN 'a' WHEN 1 THEN 'b' END
FROM generate_series(1, 100) i;
CREATE TABLE by_hash (id int PRIMARY KEY, v text) PARTITION BY HASH (id);
CREATE TABLE by_hash_0 PARTITION OF by_hash FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE by_hash_1 PARTITION OF by_hash FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO by_hash SELECT i, md5(i::text) FROM generate_series(1, 1000) i;

-- --- constraints and indexes -------------------------------------------------------------------------
CREATE TABLE chicken (id int PRIMARY KEY, egg int NOT NULL);
CREATE TABLE egg (id int PRIMARY KEY, chicken int NOT NULL REFERENCES chicken DEFERRABLE INITIALLY DEFERRED);
ALTER TABLE chicken ADD CONSTRAINT "laid by" FOREIGN KEY (egg) REFERENCES egg ON DELETE CASCADE
    DEFERRABLE INITIALLY DEFERRED;
BEGIN;
INSERT INTO chicken VALUES (1, 1), (2, 2);
INSERT INTO egg VALUES (1, 2), (2, 1);
COMMIT;
CREATE TABLE broken_rule (a int);
INSERT INTO broken_rule VALUES (-1);
ALTER TABLE broken_rule ADD CONSTRAINT not_checked CHECK (a > 0) NOT VALID;
CREATE TABLE own_parent (id int PRIMARY KEY, up int REFERENCES own_parent);
INSERT INTO own_parent VALUES (1, 2), (2, 1);
CREATE TABLE bookings (room int, during tstzrange, EXCLUDE USING gist (during WITH &&) WHERE (room > 0),
    UNIQUE (room) DEFERRABLE);
CREATE INDEX "partial, expression" ON all_types (lower(t) text_pattern_ops DESC NULLS LAST) INCLUDE (id) WHERE id > 1;
CREATE INDEX trigrams ON all_types USING gin (t ext.gin_trgm_ops);
CREATE INDEX blocks ON by_hash_0 USING brin (id);
ALTER INDEX "partial, expression" ALTER COLUMN 1 SET STATISTICS 500;
CLUSTER all_types USING all_types_pkey;
ALTER TABLE more_types REPLICA IDENTITY FULL;
CREATE STATISTICS "sta tistics" (ndistinct, dependencies) ON id, v FROM by_hash_1;
ALTER TABLE by_range ALTER v SET STATISTICS 77;
ALTER TABLE all_types SET (fillfactor = 70, autovacuum_enabled = false);

-- --- sequences ---------------------------------------------------------------------------------------
CREATE SEQUENCE never_called START 17;
CREATE SEQUENCE called AS smallint INCREMENT 3 CYCLE MAXVALUE 100;
CREATE SEQUENCE downwards INCREMENT -5 START 10 MINVALUE -9223372036854775808 MAXVALUE 10 CACHE 20;
SELECT nextval('called'), nextval('called'), nextval('downwards'), setval('called', 50, false) \g /dev/null
CREATE SEQUENCE "Mixed Case"."owned seq" OWNED BY "Mixed Case"."Table"."Id";

-- --- functions, and what is made of them --------------------------------------------------------------
CREATE FUNCTION "add ""two""" (a int, b int DEFAULT 2, VARIADIC c int[] DEFAULT '{}') RETURNS int
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 5 AS $$ SELECT a + b $$;
CREATE FUNCTION noisy () RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = "Mixed Case", public
    AS $body$
BEGIN
    -- a $$ and a ; in it, and 'quotes'
    NEW.b := coalesce(NEW.b, 'set by "noisy"');
    RETURN NEW;
END
$body$;
CREATE FUNCTION rows_of (OUT a int, OUT "B b" text) RETURNS SETOF record LANGUAGE sql AS 'VALUES (1, ''x''), (2, NULL)';
CREATE FUNCTION table_of (n int) RETURNS TABLE (i int) LANGUAGE plpgsql ROWS 10
    AS 'BEGIN RETURN QUERY SELECT generate_series(1, n); END';
CREATE PROCEDURE do_it (INOUT a int) LANGUAGE plpgsql AS $$ BEGIN a := a + 1; END $$;
\if :v14
CREATE FUNCTION standard_body (n int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT n + count(*)::int FROM parent; END;
CREATE PROCEDURE out_parameter (OUT n int) LANGUAGE sql BEGIN ATOMIC SELECT 1; END;
\endif
CREATE AGGREGATE glue (text) (SFUNC = textcat, STYPE = text, INITCOND = 'it''s:');
CREATE FUNCTION pair_eq (pair, pair) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1.a = $2.a';
CREATE OPERATOR ~=~= (LEFTARG = pair, RIGHTARG = pair, FUNCTION = pair_eq, COMMUTATOR = ~=~=);
CREATE FUNCTION pair_text (pair) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1.a::text';
CREATE CAST (pair AS text) WITH FUNCTION pair_text (pair) AS ASSIGNMENT;
CREATE OPERATOR FAMILY "my family" USING btree;
CREATE TRIGGER "noisy one" BEFORE INSERT OR UPDATE OF b ON parent FOR EACH ROW WHEN (NEW.a <> 0)
    EXECUTE FUNCTION noisy ();
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON child DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    EXECUTE FUNCTION noisy ();
ALTER TABLE parent DISABLE TRIGGER "noisy one";
ALTER TABLE child ENABLE ALWAYS TRIGGER late;
CREATE FUNCTION on_ddl () RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM 1; END $$;
CREATE EVENT TRIGGER "watch ddl" ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION on_ddl ();

-- --- views, rules, policies --------------------------------------------------------------------------
CREATE VIEW over_view AS SELECT a, b FROM parent WHERE a > 1 WITH LOCAL CHECK OPTION;
CREATE VIEW "quoted ""view""" WITH (security_barrier) AS SELECT "SELECT" AS "a b" FROM "Mixed Case"."Table";
CREATE RECURSIVE VIEW counting (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM counting WHERE n < 5;
CREATE VIEW circle_a AS SELECT 1 AS n;
CREATE FUNCTION uses_view () RETURNS SETOF circle_a LANGUAGE sql AS 'SELECT * FROM circle_a';
CREATE OR REPLACE VIEW circle_a AS SELECT n FROM (SELECT 1 AS n) x WHERE EXISTS (SELECT FROM uses_view ());
CREATE MATERIALIZED VIEW filled AS SELECT v, count(*) AS n FROM by_range GROUP BY v;
CREATE UNIQUE INDEX filled_v ON filled (v);
CREATE MATERIALIZED VIEW not_filled AS SELECT * FROM filled WITH NO DATA;
CREATE MATERIALIZED VIEW on_top AS SELECT sum(n) AS s FROM filled;
CREATE RULE "no deletes" AS ON DELETE TO no_rows DO INSTEAD NOTHING;
CREATE RULE also AS ON INSERT TO over_view DO INSTEAD INSERT INTO parent VALUES (NEW.a, NEW.b);
CREATE TABLE guarded (who name DEFAULT current_user, secret text);
INSERT INTO guarded VALUES ('reader', 'his'), ('postgres', 'ours');
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
ALTER TABLE guarded FORCE ROW LEVEL SECURITY;
CREATE POLICY "only own" ON guarded AS RESTRICTIVE FOR SELECT TO "Mixed Owner" USING (who = current_user);
CREATE POLICY writes ON guarded FOR INSERT WITH CHECK (secret <> '');

-- --- text search, foreign data, publications -----------------------------------------------------------
CREATE TEXT SEARCH DICTIONARY plain_words (TEMPLATE = simple, STOPWORDS = english);
CREATE TEXT SEARCH CONFIGURATION "my search" (COPY = english);
ALTER TEXT SEARCH CONFIGURATION "my search" ALTER MAPPING FOR word, asciiword WITH plain_words, english_stem;
CREATE SERVER "far away" FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'nowhere', dbname 'it''s');
CREATE USER MAPPING FOR reader SERVER "far away" OPTIONS (user 'u', password 'p''w');
CREATE FOREIGN TABLE far (a int OPTIONS (column_name 'A'), b text) SERVER "far away" OPTIONS (table_name 'x y');
CREATE PUBLICATION "all of it" FOR ALL TABLES WITH (publish = 'insert, delete');
CREATE PUBLICATION "some" FOR TABLE all_types, ONLY parent;
\if :v15
CREATE PUBLICATION filtered FOR TABLE chicken WHERE (id > 1), TABLES IN SCHEMA "it's";
CREATE PUBLICATION "columns" FOR TABLE chicken (id, egg);
CREATE VIEW as_invoker WITH (security_invoker) AS SELECT * FROM guarded;
CREATE TABLE nulls_alike (a int, UNIQUE NULLS NOT DISTINCT (a));
\endif

-- --- owners, grants, comments --------------------------------------------------------------------------
ALTER TABLE "Mixed Case"."Table" OWNER TO "Mixed Owner";
ALTER TABLE parent OWNER TO "o'quote";
ALTER FUNCTION noisy () OWNER TO "dou""ble";
ALTER VIEW over_view OWNER TO "back\slash";
ALTER TYPE mood OWNER TO "größe";
GRANT SELECT ON all_types TO reader WITH GRANT OPTION;
GRANT SELECT (id, t), UPDATE (t) ON all_types TO "Mixed Owner", "größe";
GRANT ALL ON TABLE more_types TO PUBLIC;
REVOKE EXECUTE ON FUNCTION "add ""two""" (int, int, int[]) FROM PUBLIC;
GRANT USAGE ON SCHEMA "Mixed Case" TO reader, "o'quote";
GRANT USAGE ON SEQUENCE never_called TO reader;
GRANT USAGE ON TYPE positive TO reader;
REVOKE USAGE ON TYPE positive FROM PUBLIC;
GRANT USAGE ON FOREIGN SERVER "far away" TO "back\slash";
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO reader;
ALTER DEFAULT PRIVILEGES FOR ROLE "Mixed Owner" IN SCHEMA "Mixed Case" GRANT SELECT ON TABLES TO reader;
ALTER DEFAULT PRIVILEGES FOR ROLE "o'quote" REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
COMMENT ON TABLE all_types IS E'it''s a\nmulti-line; -- comment \\ with $dollar$ ☃';
COMMENT ON COLUMN all_types.t IS 'column';
COMMENT ON COLUMN "schéma"."表 ☃"."列" IS 'Spalte';
COMMENT ON CONSTRAINT "laid by" ON chicken IS 'constraint';
COMMENT ON INDEX trigrams IS 'index';
COMMENT ON SCHEMA "it's" IS 'schema';
COMMENT ON FUNCTION noisy () IS 'function';
COMMENT ON TRIGGER "noisy one" ON parent IS 'trigger';
COMMENT ON TYPE mood IS 'enum';
COMMENT ON VIEW over_view IS 'view';
COMMENT ON POLICY writes ON guarded IS 'policy';
COMMENT ON EVENT TRIGGER "watch ddl" IS 'event trigger';
COMMENT ON PUBLICATION "some" IS 'publication';
COMMENT ON SERVER "far away" IS 'server';
