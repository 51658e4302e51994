"""Studies: what the reference says about the world, for the specification."""
