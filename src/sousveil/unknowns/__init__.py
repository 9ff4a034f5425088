"""What is not published: points over it, how far every number moves with it, and what figures say about it."""
