ALTER TYPE "Odd.Schema"."My.Enum" RENAME VALUE 'it''s' TO 'its';
