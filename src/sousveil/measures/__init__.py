"""What every instrument answers in: one shape for a number with its interval, and one finder."""
