-- One of everything that a proof has to see change.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE SCHEMA app;
CREATE TYPE app.mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE app.person (
    id bigserial PRIMARY KEY,
    first text NOT NULL,
    last text NOT NULL,
    born date,
    mood app.mood DEFAULT 'ok',
    balance numeric(12, 2) CHECK (balance > -1000000),
    score double precision,
    photo bytea,
    facts jsonb,
    seen timestamptz
);
INSERT INTO app.person (first, last, born, mood, balance, score, photo, facts, seen)
SELECT 'first' || i, 'last' || i, '2000-01-01'::date + i, (ARRAY['sad', 'ok', 'happy'])[1 + i % 3]::app.mood, i * 1.50,
       i / 7.0, decode(md5(i::text), 'hex'), jsonb_build_object('k', i), '2026-01-01Z'::timestamptz + i * interval '1 hour'
FROM generate_series(1, 500) i;
INSERT INTO app.person (first, last) VALUES ('', 'nothing');
CREATE INDEX person_last ON app.person (last);
CREATE TABLE app.orders (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person bigint NOT NULL REFERENCES app.person,
    amount int NOT NULL,
    twice int GENERATED ALWAYS AS (amount * 2) STORED
);
INSERT INTO app.orders (person, amount) SELECT 1 + i % 500, i FROM generate_series(1, 2000) i;
CREATE TABLE app.log (at timestamptz NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE app.log_1 PARTITION OF app.log FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE app.log_2 PARTITION OF app.log FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
INSERT INTO app.log SELECT '2026-01-01Z'::timestamptz + i * interval '1 hour', 'entry ' || i FROM generate_series(0, 1000) i;
CREATE TABLE app.parent (a int, b text);
CREATE TABLE app.child (c int) INHERITS (app.parent);
INSERT INTO app.parent VALUES (1, 'p');
INSERT INTO app.child VALUES (2, 'c', 3);
CREATE UNLOGGED TABLE app.cache (k text PRIMARY KEY, v text);
INSERT INTO app.cache SELECT i::text, md5(i::text) FROM generate_series(1, 50) i;
CREATE TABLE app.nothing ();
CREATE TABLE app.empty (x int);
CREATE SEQUENCE app.counter START 100 INCREMENT 5;
SELECT nextval('app.counter'), nextval('app.counter');
CREATE VIEW app.rich AS SELECT id, first, balance FROM app.person WHERE balance > 100;
CREATE MATERIALIZED VIEW app.totals AS SELECT person, sum(amount) AS total FROM app.orders GROUP BY person;
CREATE FUNCTION app.greet(who text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'hello ' || who $$;
CREATE FUNCTION app.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER person_note BEFORE UPDATE ON app.person FOR EACH ROW EXECUTE FUNCTION app.note();
COMMENT ON TABLE app.person IS 'people';
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'reader') THEN CREATE ROLE reader; END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'writer') THEN CREATE ROLE writer; END IF;
    EXECUTE format('ALTER DATABASE %I SET statement_timeout TO ''77s''', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO reader', current_database());
END $$;
GRANT USAGE ON SCHEMA app TO reader, writer;
GRANT SELECT ON app.person TO reader;
ALTER TABLE app.orders OWNER TO writer;
SELECT lo_from_bytea(4242, '\x00010203040506070809');
SELECT lo_from_bytea(4243, decode(repeat('ab', 5000), 'hex'));
SELECT lo_create(4244);
