"""Forms that authorities use: what a result can fill in one, and what a filed one says against a result."""
