-- expect: trigger auth.users.signup dropped
DROP TRIGGER signup ON auth.users;
