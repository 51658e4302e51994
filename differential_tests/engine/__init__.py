"""What every machine shares: steps, the comparison after each of them, campaigns and counterexamples."""
