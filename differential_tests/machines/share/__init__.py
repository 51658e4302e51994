"""The machine of the depositors' token."""
