"""The machine of the whole protocol."""
