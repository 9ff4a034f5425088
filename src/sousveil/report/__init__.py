"""Any result, set as a page that opens offline."""
