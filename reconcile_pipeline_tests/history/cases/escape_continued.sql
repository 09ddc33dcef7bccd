SELECT E'a'
  -- c;
  'b\';c'; SELECT E'a' 'b\'; SELECT 3; SELECT typE'\';