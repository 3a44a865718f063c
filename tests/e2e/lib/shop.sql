-- A small database to restore parts of: two schemas, keys, a sequence, a view, a large object.
SET client_min_messages = error;
DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'shopkeeper') THEN CREATE ROLE shopkeeper; END IF; END $$;
CREATE TABLE customer (id serial PRIMARY KEY, name text NOT NULL);
INSERT INTO customer (name) SELECT 'customer ' || i FROM generate_series(1, 500) i;
CREATE TABLE "order" (id int PRIMARY KEY, customer int NOT NULL REFERENCES customer, at timestamptz DEFAULT now());
INSERT INTO "order" SELECT i, i % 500 + 1 FROM generate_series(1, 5000) i;
CREATE INDEX order_customer ON "order" (customer);
CREATE TABLE log_entry (id bigint, line text);
INSERT INTO log_entry SELECT i, md5(i::text) FROM generate_series(1, 20000) i;
CREATE VIEW best AS SELECT customer, count(*) AS orders FROM "order" GROUP BY customer;
CREATE SCHEMA stock;
CREATE TABLE stock.item (id int PRIMARY KEY, name text);
INSERT INTO stock.item SELECT i, 'item ' || i FROM generate_series(1, 100) i;
CREATE TABLE stock."Odd.Name" (a int);
INSERT INTO stock."Odd.Name" VALUES (1);
CREATE FUNCTION stock.total() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM stock.item';
ALTER TABLE stock.item OWNER TO shopkeeper;
GRANT SELECT ON customer TO shopkeeper;
SELECT lo_from_bytea(777, 'large') \g /dev/null
