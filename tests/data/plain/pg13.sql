--
-- PostgreSQL database dump
--

\restrict emu4ExsaoXqyDYhpUAeVrDXBDae0afJsYVi9m9MHcz67jRhyDQZoBzB7dZ4oJJb

-- Dumped from database version 13.23 (Debian 13.23-0+deb11u4)
-- Dumped by pg_dump version 13.23 (Debian 13.23-0+deb11u4)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: Weird; Schema: x; Type: SCHEMA; Schema: -; Owner: postgres
--

CREATE SCHEMA "Weird; Schema: x";


ALTER SCHEMA "Weird; Schema: x" OWNER TO postgres;

--
-- Name: f1(); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.f1() RETURNS text
    LANGUAGE plpgsql
    AS $_$ begin return $a$ ; -- 'x
$a$; end $_$;


ALTER FUNCTION public.f1() OWNER TO postgres;

--
-- Name: f2(); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.f2() RETURNS text
    LANGUAGE sql
    AS $_$ select 'a;' || $$;$$ $_$;


ALTER FUNCTION public.f2() OWNER TO postgres;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: T$1 "q"; Type: VIEW; Schema: y; Type: TABLE; Schema: Weird; Schema: x; Owner: postgres
--

CREATE TABLE "Weird; Schema: x"."T$1 ""q""; Type: VIEW; Schema: y" (
    "c;1" text,
    "FROM stdin;" text
);


ALTER TABLE "Weird; Schema: x"."T$1 ""q""; Type: VIEW; Schema: y" OWNER TO postgres;

--
-- Name: empty_one; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.empty_one (
    a integer
);


ALTER TABLE public.empty_one OWNER TO postgres;

--
-- Name: escapes; Type: VIEW; Schema: public; Owner: postgres
--

CREATE VIEW public.escapes AS
 SELECT 'a\b;''c'::text AS x,
    'plain;'::text AS y;


ALTER TABLE public.escapes OWNER TO postgres;

SET default_tablespace = "fast one";

--
-- Name: in_ts; Type: TABLE; Schema: public; Owner: postgres; Tablespace: fast one
--

CREATE TABLE public.in_ts (
    a integer
);


ALTER TABLE public.in_ts OWNER TO postgres;

SET default_tablespace = '';

--
-- Name: in_two; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.in_two (
    a integer
);


ALTER TABLE public.in_two OWNER TO postgres;

--
-- Name: lonely; Type: SEQUENCE; Schema: public; Owner: postgres
--

CREATE SEQUENCE public.lonely
    START WITH 7
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER TABLE public.lonely OWNER TO postgres;

--
-- Name: new line; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public."new
line" (
    a integer,
    "b
c" integer
);


ALTER TABLE public."new
line" OWNER TO postgres;

--
-- Name: nocol; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.nocol (
);


ALTER TABLE public.nocol OWNER TO postgres;

--
-- Name: parted; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.parted (
    a integer,
    b text
)
PARTITION BY LIST (a);


ALTER TABLE public.parted OWNER TO postgres;

--
-- Name: parted 1; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public."parted
1" (
    a integer,
    b text
);
ALTER TABLE ONLY public.parted ATTACH PARTITION public."parted
1" FOR VALUES IN (1);


ALTER TABLE public."parted
1" OWNER TO postgres;

--
-- Name: people; Type: TABLE; Schema: public; Owner: app owner
--

CREATE TABLE public.people (
    id bigint NOT NULL,
    name text,
    note text,
    raw bytea
);


ALTER TABLE public.people OWNER TO "app owner";

--
-- Name: TABLE people; Type: COMMENT; Schema: public; Owner: app owner
--

COMMENT ON TABLE public.people IS 'it''s; a comment
--
-- PostgreSQL database dump complete
--
';


--
-- Name: people_id_seq; Type: SEQUENCE; Schema: public; Owner: app owner
--

ALTER TABLE public.people ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.people_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: zürich; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public."zürich" (
    "größe" text DEFAULT 'it''s \ $x$'::text
);


ALTER TABLE public."zürich" OWNER TO postgres;

--
-- Name: 16426; Type: BLOB; Schema: -; Owner: postgres
--

SELECT pg_catalog.lo_create('16426');


ALTER LARGE OBJECT 16426 OWNER TO postgres;

--
-- Name: 16427; Type: BLOB; Schema: -; Owner: postgres
--

SELECT pg_catalog.lo_create('16427');


ALTER LARGE OBJECT 16427 OWNER TO postgres;

--
-- Data for Name: T$1 "q"; Type: VIEW; Schema: y; Type: TABLE DATA; Schema: Weird; Schema: x; Owner: postgres
--

COPY "Weird; Schema: x"."T$1 ""q""; Type: VIEW; Schema: y" ("c;1", "FROM stdin;") FROM stdin;
x	y
\.


--
-- Data for Name: empty_one; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.empty_one (a) FROM stdin;
\.


--
-- Data for Name: in_ts; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.in_ts (a) FROM stdin;
\.


--
-- Data for Name: in_two; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.in_two (a) FROM stdin;
\.


--
-- Data for Name: new line; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public."new
line" (a, "b
c") FROM stdin;
1	2
3	4
\.


--
-- Data for Name: nocol; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.nocol  FROM stdin;


\.


--
-- Data for Name: parted 1; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public."parted
1" (a, b) FROM stdin;
1	x
1	y
\.


--
-- Data for Name: people; Type: TABLE DATA; Schema: public; Owner: app owner
--

COPY public.people (id, name, note, raw) FROM stdin;
1	a;b	tab\tnl\nback\\slash	\\x000a0d1a5c
2	\\.	\\.	\N
3	-- PostgreSQL database dump complete	--\n-- PostgreSQL database dump complete\n--\n	\\x
4			\\x
5	\N	\N	\N
\.


--
-- Data for Name: zürich; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public."zürich" ("größe") FROM stdin;
it's \\ $x$
\.


--
-- Name: lonely; Type: SEQUENCE SET; Schema: public; Owner: postgres
--

SELECT pg_catalog.setval('public.lonely', 7, true);


--
-- Name: people_id_seq; Type: SEQUENCE SET; Schema: public; Owner: app owner
--

SELECT pg_catalog.setval('public.people_id_seq', 5, true);


--
-- Data for Name: BLOBS; Type: BLOBS; Schema: -; Owner: -
--

BEGIN;

SELECT pg_catalog.lo_open('16426', 131072);
SELECT pg_catalog.lowrite(0, '\x68656c6c6f3b20776f726c64');
SELECT pg_catalog.lo_close(0);

SELECT pg_catalog.lo_open('16427', 131072);
SELECT pg_catalog.lowrite(0, '\x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff');
SELECT pg_catalog.lo_close(0);

COMMIT;

--
-- Name: people people_pk; Type: CONSTRAINT; Schema: public; Owner: app owner
--

ALTER TABLE ONLY public.people
    ADD CONSTRAINT people_pk PRIMARY KEY (id);


--
-- Name: empty_one two; Type: RULE; Schema: public; Owner: postgres
--

CREATE RULE two AS
    ON INSERT TO public.empty_one DO ( INSERT INTO public.in_two (a)
  VALUES (1);
 DELETE FROM public.in_two
  WHERE (in_two.a > 5);
);


--
-- PostgreSQL database dump complete
--

\unrestrict emu4ExsaoXqyDYhpUAeVrDXBDae0afJsYVi9m9MHcz67jRhyDQZoBzB7dZ4oJJb

