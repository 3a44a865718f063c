-- Pairs of tables: eq_X_1 and eq_X_2 hold the same, ne_X_1 and ne_X_2 do not.
CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TYPE pair AS (a int, b text);

-- The same:
CREATE TABLE eq_rows_1 AS SELECT g AS a, md5(g::text) AS b FROM generate_series(1, 1000) g;
CREATE TABLE eq_rows_2 AS SELECT * FROM eq_rows_1 ORDER BY b;
CREATE TABLE eq_columns_1 (z int, "A" text, a timestamptz, "é" float8);
INSERT INTO eq_columns_1 VALUES (1, NULL, '2024-01-01', 0.1), (NULL, 'x', NULL, NULL);
CREATE TABLE eq_columns_2 AS SELECT "é", a, "A", z FROM eq_columns_1;
CREATE TABLE eq_dropped_1 (a int, b text);
INSERT INTO eq_dropped_1 VALUES (1, 'x');
CREATE TABLE eq_dropped_2 (gone int, b text, a int, gone2 text);
INSERT INTO eq_dropped_2 VALUES (7, 'x', 1, 'y');
ALTER TABLE eq_dropped_2 DROP COLUMN gone, DROP COLUMN gone2;
CREATE TABLE eq_toast_1 (a text, b bytea);
INSERT INTO eq_toast_1 VALUES (repeat('abc', 100000), decode(repeat('01', 100000), 'hex'));
CREATE TABLE eq_toast_2 (a text, b bytea);
ALTER TABLE eq_toast_2 ALTER a SET STORAGE EXTERNAL, ALTER b SET STORAGE MAIN;
INSERT INTO eq_toast_2 SELECT * FROM eq_toast_1;
CREATE TABLE eq_default_1 (a int);
INSERT INTO eq_default_1 VALUES (1);
CREATE TABLE eq_default_2 AS SELECT 1 AS a, 'later' AS b;
ALTER TABLE eq_default_1 ADD COLUMN b text DEFAULT 'later';
CREATE TABLE eq_padding_1 (a char(5));
INSERT INTO eq_padding_1 VALUES ('ab'), ('');
CREATE TABLE eq_padding_2 (a char(5));
INSERT INTO eq_padding_2 VALUES ('ab   '), ('  ');
CREATE TABLE eq_only_1 AS SELECT 1 AS a;
CREATE TABLE eq_only_2 (a int);
CREATE TABLE eq_only_child () INHERITS (eq_only_2);
INSERT INTO eq_only_2 VALUES (1);
INSERT INTO eq_only_child VALUES (2);
CREATE TABLE eq_dead_1 AS SELECT 1 AS a;
CREATE TABLE eq_dead_2 AS SELECT 1 AS a;
INSERT INTO eq_dead_2 VALUES (2);
DELETE FROM eq_dead_2 WHERE a = 2;
CREATE TABLE eq_notnull_1 (a int NOT NULL, b text PRIMARY KEY);
CREATE TABLE eq_notnull_2 (a int, b text);
INSERT INTO eq_notnull_1 VALUES (1, '');
INSERT INTO eq_notnull_2 VALUES (1, '');

-- Not the same:
CREATE FUNCTION differ(name text, column_type text, one text, other text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TABLE ne_%1$s_1 (a %2$s); INSERT INTO ne_%1$s_1 VALUES (%3$s)', name, column_type, one);
    EXECUTE format('CREATE TABLE ne_%1$s_2 (a %2$s); INSERT INTO ne_%1$s_2 VALUES (%3$s)', name, column_type, other);
END $$;
SELECT differ('bit', 'text', $$'abc'$$, $$'abb'$$), differ('null', 'text', $$NULL$$, $$''$$),
    differ('null_text', 'text', $$NULL$$, $$'NULL'$$), differ('blank', 'text', $$'a'$$, $$'a '$$),
    differ('blank_bpchar', 'bpchar', $$'a'$$, $$'a '$$), differ('case', 'text COLLATE nocase', $$'a'$$, $$'A'$$),
    differ('normal_form', 'text COLLATE nocase', $$U&'\00e9'$$, $$U&'e\0301'$$),
    differ('scale', 'numeric', $$1.0$$, $$1.00$$), differ('zero', 'float8', $$0$$, $$'-0'$$),
    differ('ulp', 'float8', $$0.3$$, $$0.30000000000000004$$), differ('ulp4', 'float4', $$0.3$$, $$0.30000004$$),
    differ('fold', 'int8', $$1$$, $$4294967296$$), differ('sign', 'int8', $$1$$, $$-1$$), differ('bool', 'bool', 'true', 'false'),
    differ('json_space', 'json', $$'{"a":1}'$$, $$'{"a": 1}'$$), differ('jsonb_scale', 'jsonb', $$'[1.0]'$$, $$'[1.00]'$$),
    differ('jsonb_null', 'jsonb', $$'null'$$, $$NULL$$), differ('usec', 'timestamptz', $$'2024-01-01 00:00:00.000001'$$, $$'2024-01-01'$$),
    differ('month', 'interval', $$'1 month'$$, $$'30 days'$$), differ('offset', 'timetz', $$'12:00+00'$$, $$'13:00+01'$$),
    differ('bounds', 'int[]', $$'{1,2}'$$, $$'[0:1]={1,2}'$$), differ('array_null', 'text[]', $$'{NULL}'$$, $$'{"NULL"}'$$),
    differ('array_zero', 'float8[]', $$'{0}'$$, $$'{-0}'$$), differ('composite', 'pair', 'ROW(NULL, NULL)', 'NULL'),
    differ('composite_null', 'pair', 'ROW(1, NULL)', $$ROW(1, '')$$), differ('bytea', 'bytea', $$'\x00'$$, $$'\x0000'$$),
    differ('bits', 'varbit', $$B'0'$$, $$B'00'$$), differ('inet', 'inet', $$'10.0.0.1'$$, $$'10.0.0.1/31'$$),
    differ('char', '"char"', $$'a'$$, $$'b'$$), differ('char_empty', '"char"', $$''$$, 'NULL'), differ('xml', 'xml', $$'<a/>'$$, $$'<a />'$$),
    differ('point', 'point', $$'(0,0)'$$, $$'(-0,0)'$$), differ('range', 'numrange', $$'[1,2)'$$, $$'[1.0,2)'$$),
    differ('regclass', 'regclass', $$'pg_class'$$, $$'pg_type'$$), differ('money', 'money', '1.00', '1.01');
CREATE TABLE ne_columns_1 AS SELECT 'x'::text AS a, 'y'::text AS b;
CREATE TABLE ne_columns_2 AS SELECT 'y'::text AS a, 'x'::text AS b;
CREATE TABLE ne_shift_1 AS SELECT 'ab'::text AS a, 'c'::text AS b;
CREATE TABLE ne_shift_2 AS SELECT 'a'::text AS a, 'bc'::text AS b;
CREATE TABLE ne_null_moves_1 AS SELECT NULL::text AS a, ''::text AS b;
CREATE TABLE ne_null_moves_2 AS SELECT ''::text AS a, NULL::text AS b;
CREATE TABLE ne_rows_1 (a int, b text, c int);
INSERT INTO ne_rows_1 VALUES (1, 'x', 5), (2, 'y', 5), (3, 'z', 5);
CREATE TABLE ne_rows_2 (a int, b text, c int);
INSERT INTO ne_rows_2 VALUES (1, 'y', 5), (2, 'x', 5), (3, 'z', 5);
CREATE TABLE ne_twice_1 (a int);
INSERT INTO ne_twice_1 VALUES (1), (1), (2);
CREATE TABLE ne_twice_2 (a int);
INSERT INTO ne_twice_2 VALUES (1), (2), (2);

-- As wide as can be:
DO $$ BEGIN
    EXECUTE 'CREATE TABLE ne_wide_1 (' || (SELECT string_agg('c' || g || ' int', ', ') FROM generate_series(1, 1600) g) || ')';
    EXECUTE 'CREATE TABLE ne_wide_2 (' || (SELECT string_agg('c' || g || ' int', ', ') FROM generate_series(1, 1600) g) || ')';
    EXECUTE 'CREATE TABLE eq_wide_1 (' || (SELECT string_agg('c' || g || ' int', ', ') FROM generate_series(1, 1600) g) || ')';
    EXECUTE 'CREATE TABLE eq_wide_2 (' || (SELECT string_agg('c' || g || ' int', ', ' ORDER BY -g) FROM generate_series(1, 1600) g) || ')';
    INSERT INTO ne_wide_1 (c1, c800) VALUES (1, 2);
    INSERT INTO ne_wide_2 (c1, c801) VALUES (1, 2);
    INSERT INTO eq_wide_1 (c1, c1600, c65) VALUES (1, 2, 3), (4, 5, NULL);
    INSERT INTO eq_wide_2 (c1, c1600, c65) VALUES (4, 5, NULL), (1, 2, 3);
END $$;
DROP FUNCTION differ;
