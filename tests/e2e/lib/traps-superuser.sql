-- What the superuser of the database with traps did, unsuspecting: tables of his own over types of hers, a base type
-- whose functions he gave away, and settings that put her schema first. Runs after traps-shop.sql.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SET search_path = '';

CREATE TYPE evil.label;
CREATE FUNCTION evil.label_in(cstring) RETURNS evil.label IMMUTABLE STRICT LANGUAGE internal AS 'textin';
CREATE FUNCTION evil.label_out(evil.label) RETURNS cstring IMMUTABLE STRICT LANGUAGE internal AS 'textout';
CREATE TYPE evil.label (INPUT = evil.label_in, OUTPUT = evil.label_out, LIKE = pg_catalog.text);
ALTER FUNCTION evil.label_in(cstring) OWNER TO mallory;
ALTER FUNCTION evil.label_out(evil.label) OWNER TO mallory;

CREATE TABLE public.ledger (id int4 PRIMARY KEY, mood evil.mood, label evil.label, moods evil.mood[]);
INSERT INTO public.ledger VALUES (1, 'calm', 'one', '{calm,cross}'), (2, 'cross', 'two', NULL);
GRANT TRIGGER, SELECT ON public.ledger TO mallory;

ALTER DATABASE shop SET search_path = evil, public, pg_catalog;
ALTER ROLE postgres SET search_path = evil, public, pg_catalog;
ALTER ROLE postgres IN DATABASE shop SET search_path = evil, public, pg_catalog;
