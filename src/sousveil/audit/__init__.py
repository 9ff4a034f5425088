"""What a table of decisions shows, in aggregates only."""
