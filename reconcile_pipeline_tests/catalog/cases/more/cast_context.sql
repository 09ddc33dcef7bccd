-- expect: cast text AS app.status altered: context
DROP CAST (text AS app.status);
CREATE CAST (text AS app.status) WITH FUNCTION app.text_to_status(text) AS IMPLICIT;
