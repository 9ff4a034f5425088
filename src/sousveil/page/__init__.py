"""The press: frozen values in, one HTML file that opens offline out. It knows nothing of runs."""
