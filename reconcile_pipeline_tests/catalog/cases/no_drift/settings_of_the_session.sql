SET search_path = app, public;
SET DateStyle = 'German';
SET IntervalStyle = 'iso_8601';
SET TimeZone = 'Asia/Tokyo';
SET quote_all_identifiers = on;
SET standard_conforming_strings = off;
SET bytea_output = 'escape';
