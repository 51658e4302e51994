"""Which checks and branches of the deployed contracts a fixed corpus of calls reaches, and on which side.

`points` finds them in the bytecode, by the compiler's own source map; `replay` runs the corpus on py-evm and looks at
every jump; `result` counts, and has the written reasons for what is not reached; `command` is `megatao coverage`.
"""
