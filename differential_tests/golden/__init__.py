"""The reference and the contracts against fixed numbers."""
