\restrict abc
SET x = 1;
COPY public.t (a, b) FROM stdin;
1	a;b
2	it's
\.

SELECT 1;
\unrestrict abc
