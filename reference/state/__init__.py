"""What the protocol remembers."""
