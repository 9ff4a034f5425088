"""A study as files and as frozen values: scheme, population, assumptions, and what they say about one another."""
