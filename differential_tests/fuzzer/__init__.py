"""What every machine shares: steps, the comparison after each of them, campaigns and counterexamples.

Where the time of a step of the protocol machine goes (`megatao campaign --profile`): a third is revm
itself, an eighth each the drawing of the step, the reference, what must be written and logged, and the comparison; the
invariants, the sweep of all storage at a scenario's end, and what is around them take the rest. An open is some 120
nested calls, of which most copy memory, since the contracts are compiled for Shanghai, and calldata enters revm byte by
byte. So no more than three times today's rate could be had on this EVM if Python took no time at all. Compiling the
reference with mypyc was measured, and gained nothing: the numbers are longer than a machine's word.
"""
