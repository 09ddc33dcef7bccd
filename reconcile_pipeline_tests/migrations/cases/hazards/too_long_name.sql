CREATE TABLE a_name_that_is_much_longer_than_the_sixty_three_bytes_that_are_kept (id bigint);
ALTER TABLE t ADD COLUMN another_name_that_is_longer_than_the_sixty_three_bytes_that_are_kept int;
CREATE TABLE short_enough (id bigint);
