"""What is true of the reference's functions, rule by rule.

Each property is a function that must return True wherever its preconditions hold. The prover shows it for all
integers of the domain and CrossHair confirms it on its own; the first word of a docstring is the rule.
"""
