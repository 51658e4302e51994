"""The machine of the price oracles and the index."""
