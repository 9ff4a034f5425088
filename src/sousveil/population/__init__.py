"""Synthetic people, built from aggregates only."""
