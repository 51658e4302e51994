"""How the steps of the protocol machine are chosen: towards every outcome and state, and the edges between them."""
