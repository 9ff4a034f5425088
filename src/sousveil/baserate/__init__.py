"""How many innocent people a search of faces or lists stops."""
