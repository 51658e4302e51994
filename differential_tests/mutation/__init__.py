"""Mutation testing of the contracts and of the reference: is there a change that nobody would see?

`spans` and `trees` read a source, `operators` say how it can be broken, `contracts` and `reference` make mutants of the
two sides, `kill` looks for something that sees one, `runner` runs all of them, each in a process of its own, `ledger`
knows what was said of those that nothing sees, `report` adds up.
"""
