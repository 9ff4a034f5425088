"""Harms: named measures, each a function of a trace (MODEL.md section 7)."""
