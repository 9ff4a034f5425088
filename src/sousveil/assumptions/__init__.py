"""What the model needs and nobody has published."""
