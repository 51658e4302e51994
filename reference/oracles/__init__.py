"""The prices that the protocol reads, and the double of the chain that answers."""
