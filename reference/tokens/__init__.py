"""The tokens that the protocol issues."""
