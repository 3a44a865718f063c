-- One table a kind of value, in all that PostgreSQL 13 to 18 have in common.
CREATE SCHEMA "Zoo é ""x""";
CREATE TYPE mood AS ENUM ('sad', 'ok', 'très ''heureux''');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN label AS text COLLATE "C" NOT NULL CHECK (VALUE <> '');
CREATE TYPE pair AS (a int, b text);
CREATE TYPE textrange AS RANGE (subtype = text);
CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);

CREATE TABLE numbers (id int PRIMARY KEY, s smallint, i int, b bigint, n numeric, f4 real, f8 double precision,
                      m money, o oid, n2 numeric(10,2));
INSERT INTO numbers VALUES
    (1, -32768, -2147483648, -9223372036854775808, '-123456789012345678901234567890.000001', '-0', '-0', '-1.23', 0, 1),
    (2, 32767, 2147483647, 9223372036854775807, 'NaN', 'NaN', 'NaN', '92233720368547758.07', 4294967295, 1.005),
    (3, 0, 0, 0, 1.0, 'Infinity', '-Infinity', 0, 1, NULL),
    (4, NULL, NULL, NULL, 1.00, 1e-45, 4.9406564584124654e-324, NULL, NULL, 0),
    (5, 1, 1, 1, 0.1, 0.1, 0.30000000000000004, 1000000, 16384, 99999999.99);
CREATE TABLE texts (id int PRIMARY KEY, t text, v varchar(9), c char(5), c1 "char", n name, ci text COLLATE nocase, bp bpchar);
INSERT INTO texts VALUES
    (1, '', '', '', '', '', '', ''),
    (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (3, E'tab\tnew\nline \\ quote " '' comma, (paren) {brace}', 'ünïcödé', 'ab ', 'x', 'a b', 'Straße', 'a  '),
    (4, repeat('long €', 200000), 'x', '     ', 'y', 'n', 'strasse', 'a'),
    (5, U&'\0001\001F\007F\FFFD\+01F600', e'\\.', 'é', '\', '"', 'É', ' ');
CREATE TABLE times (id int PRIMARY KEY, d date, t time, tz timetz, ts timestamp, tstz timestamptz, i interval);
INSERT INTO times VALUES
    (1, '-infinity', '00:00', '24:00:00-15:59', 'infinity', '-infinity', '0'),
    (2, '4713-01-01 BC', '23:59:59.999999', '12:34:56.7+05:30', '0044-03-15 12:00 BC', '1883-11-18 12:03:58-04:56:02', '-1 year -2 mons +3 days -04:05:06.000007'),
    (3, '5874897-12-31', '24:00', '00:00+14', '294276-12-31 23:59:59.999999', '2024-03-31 02:30:00+01', '178000000 years'),
    (4, NULL, NULL, NULL, NULL, NULL, NULL),
    (5, '2000-02-29', '01:02:03.000004', '01:02:03.000004-00:00:01', '2000-01-01', '2000-01-01 00:00:00+00', '1 month'),
    (6, '2000-02-29', '01:02:03.000004', '01:02:03.000004-00:00:01', '2000-01-01', '2000-01-01 00:00:00+00', '30 days');
CREATE TABLE bits (id int PRIMARY KEY, b boolean, by bytea, bi bit(9), vb bit varying, u uuid);
INSERT INTO bits VALUES
    (1, true, '', B'101010101', B'', '00000000-0000-0000-0000-000000000000'),
    (2, false, '\x00ff5c27', B'000000000', B'1', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'),
    (3, NULL, NULL, NULL, NULL, NULL),
    (4, NULL, decode(repeat('00010203fffefdfc', 40000), 'hex'), NULL, B'1010101010101010101010101010101010101010101010101010101010101010101', NULL);
CREATE TABLE networks (id int PRIMARY KEY, i inet, c cidr, m macaddr, m8 macaddr8);
INSERT INTO networks VALUES
    (1, '10.0.0.1', '10.0.0.0/8', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05'),
    (2, '10.0.0.1/8', '::/0', 'ff-ff-ff-ff-ff-ff', '08:00:2b:01:02:03'),
    (3, '::ffff:1.2.3.4/128', '2001:db8::/32', NULL, NULL),
    (4, '192.168.0.1/32', '192.168.0.1', NULL, NULL);
CREATE TABLE shapes (id int PRIMARY KEY, p point, l line, ls lseg, b box, pa path, po polygon, c circle);
INSERT INTO shapes VALUES
    (1, '(0.1,-0)', '{1,-1,0}', '[(0,0),(1e300,1e-300)]', '(1,1),(0,0)', '[(0,0),(1,1)]', '((0,0),(1,1),(1,0))', '<(0.1,0.2),0.3>'),
    (2, '(NaN,Infinity)', NULL, NULL, NULL, '((0,0),(1,1))', NULL, '<(0,0),0>');
CREATE TABLE documents (id int PRIMARY KEY, j json, jb jsonb, x xml, tv tsvector, tq tsquery, jp jsonpath);
INSERT INTO documents VALUES
    (1, '{"b": 1,  "a": 1, "a": 1.00}', '{"b": 1, "a": 1, "n": 1.00, "u": "\u00e9\t"}', '<a b="c">é</a>', 'a:1A fat:2B,4C ''it''''s''', 'a & (b:AB* | !c) <-> d', '$.a[*] ? (@ > 1)'),
    (2, 'null', 'null', 'only text &amp;', '', '', 'strict $'),
    (3, NULL, NULL, NULL, NULL, NULL, NULL),
    (4, '"\u0000 kept in json"', '[]', '<?xml version="1.0" encoding="ISO-8859-1"?><r/>', NULL, NULL, NULL),
    (5, '1.0', '1.00', '<?xml version="1.0" standalone="yes"?><r/>', NULL, NULL, NULL),
    (6, '1', '1e10', '', NULL, NULL, NULL);
CREATE TABLE arrays (id int PRIMARY KEY, ia int[], ta text[], na numeric[][], ba bytea[], ja jsonb[], ca pair[], ma mood[], za timestamptz[], xa xml[]);
INSERT INTO arrays VALUES
    (1, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}'),
    (2, '{1,NULL,3}', ARRAY['', NULL, 'NULL', 'a"b\c', '{x}', ' sp '], '{{1.0,1.00},{NaN,-0}}', ARRAY['\x00'::bytea, ''], ARRAY['{"a":[1]}'::jsonb], ARRAY[ROW(1, 'x,y')::pair, ROW(NULL, NULL)::pair, NULL], '{ok,sad}', '{infinity,2024-01-01 00:00+05}', ARRAY['<a/>'::xml]),
    (3, '[0:2]={7,8,9}', '[-1:-1][2:3]={{a,b}}', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE ranges (id int PRIMARY KEY, i4 int4range, i8 int8range, n numrange, d daterange, ts tsrange, tz tstzrange, t textrange, ra int4range[]);
INSERT INTO ranges VALUES
    (1, 'empty', '(,)', '(1.0,1.50]', '[2024-01-01,infinity)', '[2024-01-01,2024-01-02 12:00]', '[2024-01-01 00:00+02,)', '["a,b","c]d"]', '{"[1,5)",empty}'),
    (2, '[1,5]', '[,9223372036854775806]', '[NaN,NaN]', '(,2024-01-01]', 'empty', '(-infinity,infinity)', '[,)', '{}'),
    (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE own (id int PRIMARY KEY, m mood, p positive, l label, c pair, pn pair, d date);
INSERT INTO own VALUES
    (1, 'sad', 1, 'l', ROW(1, ''), ROW(NULL, NULL), NULL), (2, 'très ''heureux''', 2, ' ', ROW(NULL, 'x"y'), NULL, NULL),
    (3, NULL, NULL, 'NULL', NULL, ROW(NULL, ''), '2000-01-01');
CREATE TABLE computed (a int, b int, s int GENERATED ALWAYS AS (a * b) STORED, i int GENERATED ALWAYS AS IDENTITY);
INSERT INTO computed (a, b) SELECT g, -g FROM generate_series(1, 100) g;
CREATE TABLE no_columns ();
INSERT INTO no_columns SELECT FROM generate_series(1, 7);
CREATE TABLE empty (a int, b text);
CREATE TABLE "Zoo é ""x"""."ta ble" ("sel ect" int, "ä""'\" text, "tableoid " text);
INSERT INTO "Zoo é ""x"""."ta ble" VALUES (1, 'x', 'y'), (NULL, NULL, NULL);
CREATE TABLE named (id int PRIMARY KEY, c regclass, t regtype, p regproc, pp regprocedure, o regoperator, n regnamespace, r regrole, cfg regconfig, x xid, l pg_lsn, ti tid, ac aclitem);
INSERT INTO named VALUES
    (1, 'numbers', 'mood', 'now', 'now()', '!~~(text,text)', 'public', 'postgres', 'english', '4294967295', 'FFFFFFFF/0', '(1,2)', 'postgres=r/postgres'),
    (2, '"Zoo é ""x"""."ta ble"', 'int', 'now', 'age(timestamptz)', NULL, '"Zoo é ""x"""', NULL, NULL, NULL, NULL, NULL, NULL),
    (3, 4000000000, 4000000000, 0, 0, 0, 0, 0, 0, '0', '0/0', '(0,0)', NULL);
CREATE UNLOGGED TABLE unlogged (a int);
INSERT INTO unlogged VALUES (1), (2);
CREATE TABLE parted (k int, v text) PARTITION BY RANGE (k);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10);
CREATE TABLE parted_2 (v text, gone int, k int);
ALTER TABLE parted_2 DROP COLUMN gone;
ALTER TABLE parted ATTACH PARTITION parted_2 DEFAULT;
INSERT INTO parted SELECT g, 'v' || g FROM generate_series(-50, 50) g;
CREATE TABLE parent (a int, z text);
CREATE TABLE child (own text) INHERITS (parent);
ALTER TABLE parent ADD COLUMN later int DEFAULT 5;
INSERT INTO parent VALUES (1, 'p'), (2, 'q');
INSERT INTO child VALUES (1, 'c', 'o', 6), (3, NULL, NULL, NULL);
CREATE MATERIALIZED VIEW seen AS SELECT count(*) FROM parent;
CREATE SEQUENCE counter START 5;
CREATE SEQUENCE down INCREMENT -1 MINVALUE -9223372036854775807;
SELECT nextval('counter'), nextval('counter'), setval('down', -9000000000000000000);
SELECT lo_from_bytea(70001, '\x00010203');
SELECT lo_from_bytea(70002, '');
SELECT lo_from_bytea(70003, decode(repeat('5a00', 5000), 'hex'));
SELECT lo_put(70003, 100000, '\xff');
