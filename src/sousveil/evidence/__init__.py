"""Published results, each reproduced from data at run time."""
