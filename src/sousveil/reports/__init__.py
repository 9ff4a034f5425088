"""The authors: what is true of a result, said as a page."""
