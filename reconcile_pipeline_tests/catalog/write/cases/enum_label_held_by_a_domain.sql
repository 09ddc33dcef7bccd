-- declines back: a domain is made of the type, which would have to be made anew.
ALTER TYPE "Odd.Schema"."My.Enum" ADD VALUE 'zz' BEFORE 'it''s';
