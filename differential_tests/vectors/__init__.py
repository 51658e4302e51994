"""Test vectors: what any implementation of the specification must do, as JSON that any language reads.

The format is spec/vectors.md. `functions` makes those of the pure functions, `calls` those of the protocol; `evms` has
three independent machines on which `check` runs them; `command` is `megatao vectors`.
"""
