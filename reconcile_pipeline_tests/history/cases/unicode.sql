SELECT 'é;日本'; -- ünï;
SELECT "😀;"; SELECT $é$;$é$; SELECT 3;
