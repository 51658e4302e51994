"""Questions, and the solvers that answer them."""
