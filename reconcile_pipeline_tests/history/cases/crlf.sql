-- c
SELECT 1;

-- d
SELECT 2;
DO $$
BEGIN
  NULL;
END $$;
