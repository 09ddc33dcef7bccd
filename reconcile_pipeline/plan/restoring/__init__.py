"""Changes made by hand put back to what the files say."""
