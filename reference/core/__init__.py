"""What the entry points are made of."""
