DROP VIEW odd.a_view_on_it;
DROP VIEW odd.on_mat;
DROP MATERIALIZED VIEW odd.a_mat;
DROP VIEW odd."View.One";
DROP PUBLICATION "Pub.One";
