"""Charts for notebooks, as Altair objects: to be looked at, changed, and saved. Altair is an extra."""
