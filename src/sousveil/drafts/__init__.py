"""Drafts: what somebody needs who writes a study. A folder to begin from, people from tables, every mistake, cases."""
