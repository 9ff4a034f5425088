"""Two runs with the same random draws, and why a gap exists."""
