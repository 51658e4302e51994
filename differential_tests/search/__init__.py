"""A search for profit in the reference: sequences of colluding traders and a depositor, valued at spot."""
