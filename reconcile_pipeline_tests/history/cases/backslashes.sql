SELECT 1\; SELECT 2; SELECT '\'; \restrict abc;
SELECT (\); SELECT 3); SELECT 4;