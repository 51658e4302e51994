"""The chains: in-process revm for volume, ape's own local chain, and anvil through ape."""
