-- expect: foreign_data_wrapper other dropped
DROP FOREIGN DATA WRAPPER other CASCADE;
