DROP VIEW odd.a_view_on_it;
DROP VIEW odd.on_mat;
DROP MATERIALIZED VIEW odd.a_mat;
DROP VIEW odd."View.One";
ALTER TABLE odd."Table.One" ALTER "Dot.Column" DROP DEFAULT;
DROP FUNCTION odd."make.code";
CREATE FUNCTION odd."make.code"("the value" text DEFAULT 'x, y', VARIADIC rest text[] DEFAULT '{}')
    RETURNS varchar LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 7 AS $$ SELECT upper("the value") $$;
ALTER TABLE odd."Table.One" ALTER "Dot.Column" SET DEFAULT odd."make.code"('z');
