"""A study carried through its steps: the run, its folder, what made it, and who to ask for a life story."""
