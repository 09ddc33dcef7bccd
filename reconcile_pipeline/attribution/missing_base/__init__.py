"""What the files build upon and none of them makes."""
