"""Two runs with the same luck, and why a gap exists."""
