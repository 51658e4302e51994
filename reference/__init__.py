"""The executable specification of MegaTAO: plain integers, standard library only.

Values, in this order: correct, complete, readable. A function's rule id leads to its text in `spec/`.
"""
