"""What rooms of which neither may import the other both need: texts, files, processes, and functions of SciPy."""
