"""What is not published: points over it, and how far every number moves with it (docs/unknowns.md)."""
