-- What zoo.sql leaves out and COPY gives in another way than a cast to text.
CREATE DOMAIN yes AS bool;
CREATE DOMAIN host AS inet;
CREATE TYPE inner_pair AS (a int, b text);
CREATE TYPE outer_pair AS (p inner_pair, q bool);
CREATE DOMAIN paired AS inner_pair;
CREATE DOMAIN paired_twice AS paired;
CREATE TYPE nothing AS ();
CREATE TABLE letters (id int, c "char");
INSERT INTO letters SELECT g, g::"char" FROM generate_series(-128, 127) g;
CREATE TABLE truths (id int, b bool, d yes, ba bool[], i inet, h host, ia inet[], c cidr, ci "char"[]);
INSERT INTO truths VALUES
    (1, true, true, '{t,f,NULL}', '::1', '10.0.0.1', '{10.0.0.1,::1,10.1.2.3/8}', '10/8', '{a,"\"",NULL}'),
    (2, false, false, '{}', '::1/64', '10.0.0.1/32', '{}', '::/0', '{}'),
    (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (4, NULL, NULL, NULL, '::ffff:1.2.3.4', '::1', NULL, NULL, NULL),
    (5, NULL, NULL, NULL, '255.255.255.255/0', '::/0', NULL, NULL, NULL);
CREATE TABLE pairs_of_all (id int, p inner_pair, o outer_pair, d paired, dd paired_twice, n nothing, pa inner_pair[], r pg_class);
INSERT INTO pairs_of_all VALUES
    (1, ROW(1, 'x'), ROW(ROW(1, 'y'), true), ROW(2, 'a,b'), ROW(3, '"'), ROW(), ARRAY[ROW(1, 'z')::inner_pair, NULL], NULL),
    (2, ROW(NULL, NULL), ROW(ROW(NULL, NULL), NULL), ROW(NULL, NULL), ROW(NULL, NULL), NULL, ARRAY[ROW(NULL, NULL)::inner_pair], NULL),
    (3, NULL, ROW(NULL, NULL), NULL, NULL, NULL, NULL, NULL),
    (4, ROW(NULL, ''), ROW(NULL, false), ROW(NULL, ','), ROW(NULL, '(,)'), NULL, '{}', NULL);
CREATE TABLE others (id int, v int2vector, o oidvector, na name[], x8 xid8, ps pg_snapshot, rc regcollation, rf refcursor, vc varchar[], bc char(3)[], iv interval[], ti tid, ci cid);
INSERT INTO others VALUES
    (1, '1 2 3', '1 2', '{a,"b c"}', '18446744073709551615', '10:20:10,14', '"C"', 'curs "x"', '{a," b "}', '{a,"b  "}', '{1 day}', '(0,1)', '7'),
    (2, '', '', '{}', '0', NULL, NULL, '', '{}', '{}', '{}', NULL, NULL);
CREATE TABLE marks (id int, t text);
INSERT INTO marks VALUES (1, '\N'), (2, ''), (3, NULL), (4, '\.'), (5, E'a\tb\nc\rd\be\ff\vg\\h'), (6, E'\\\\'),
    (7, E'\n'), (8, E'\t'), (9, '\t'), (10, E'\r\n'), (11, repeat(E'\\', 70000)), (12, repeat(E'x\n', 70000));
CREATE TABLE single (t text);
INSERT INTO single VALUES ('\.'), (''), (NULL), ('\N'), (E'\n');
CREATE TABLE dropped (a int, b text, c int);
INSERT INTO dropped VALUES (1, 'x', 2), (3, NULL, 4);
ALTER TABLE dropped DROP COLUMN b;
INSERT INTO dropped VALUES (5, 6);
ALTER TABLE dropped ADD COLUMN d text DEFAULT 'late';
CREATE TABLE emptied (a int);
INSERT INTO emptied VALUES (1), (NULL);
ALTER TABLE emptied DROP COLUMN a;
SELECT format('CREATE TABLE wide (%s)', string_agg(format('c%s %s', g, CASE g % 3 WHEN 0 THEN 'int2' WHEN 1 THEN 'bool' ELSE 'text' END), ', '))
    FROM generate_series(1, 1600) g \gexec
SELECT format('INSERT INTO wide (%s) VALUES (%s), (%s)', string_agg(format('c%s', g), ', '),
        string_agg(CASE g % 3 WHEN 0 THEN g::text WHEN 1 THEN 'true' ELSE quote_literal('') END, ', '),
        string_agg(CASE g % 5 WHEN 0 THEN 'NULL' ELSE CASE g % 3 WHEN 0 THEN '0' WHEN 1 THEN 'false' ELSE quote_literal(g % 10) END END, ', '))
    FROM generate_series(1, 1600) g \gexec
