"""Which sousveil this is. It stands alone, so that everything may ask."""

__version__ = "0.1.0"
