"""Pure functions of plain integers; each has its twin in `vyper_contracts/math/`."""
