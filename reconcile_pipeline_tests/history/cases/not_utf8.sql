SELECT 'é'; -- ÿþ;
SELECT 2;
