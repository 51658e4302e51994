"""Terms, formulas, and the facts that are known of them."""
