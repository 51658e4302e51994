"""The contracts: compiled, built, deployed, measured, and their storage laid out."""
