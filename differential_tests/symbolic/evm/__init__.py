"""The deployed bytecode: compiled, entered, executed over terms."""
