-- One line for each thing whose content a copy must share with its source. Nothing here asks pgkeep or pg_dump.
SET search_path = '';
SET "TimeZone" = 'UTC';
SET extra_float_digits = 3;
SELECT 'database', pg_encoding_to_char(d.encoding), d.datcollate, d.datctype, d.datdba::regrole,
       to_jsonb(d)->>'datlocprovider', coalesce(to_jsonb(d)->>'datlocale', to_jsonb(d)->>'daticulocale'),
       to_jsonb(d)->>'daticurules'
FROM pg_database d WHERE d.datname = current_database();
SELECT format('SELECT ''table'', %L, count(*), md5(string_agg(md5("the row"::text), '''' ORDER BY md5("the row"::text)'
              ' COLLATE "C")) FROM ONLY %s "the row"', c.oid::regclass, c.oid::regclass)
FROM pg_class c
WHERE c.relkind IN ('r', 'm') AND c.relispopulated
  AND c.relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
ORDER BY c.oid::regclass::text COLLATE "C"
\gexec
SELECT format('SELECT ''sequence'', %L, last_value, is_called FROM %s', c.oid::regclass, c.oid::regclass)
FROM pg_class c WHERE c.relkind = 'S' ORDER BY c.oid::regclass::text COLLATE "C"
\gexec
SELECT 'large object', oid, md5(lo_get(oid)), lomowner::regrole, lomacl, obj_description(oid, 'pg_largeobject')
FROM pg_largeobject_metadata ORDER BY oid;
SELECT 'index', indexrelid::regclass, indisvalid, indisready, indisclustered
FROM pg_index WHERE indrelid::regclass::text !~ '^pg_' ORDER BY indexrelid::regclass::text COLLATE "C";
