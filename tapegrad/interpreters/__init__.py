"""Ways of reading a tape, one fold to a file."""
