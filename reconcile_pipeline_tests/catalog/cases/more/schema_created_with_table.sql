-- expect: schema crm created
-- expect: table crm.lead created
CREATE SCHEMA crm;
CREATE TABLE crm.lead (id integer PRIMARY KEY);
