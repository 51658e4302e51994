"""The specification as a book: what ties rules to code and tests, and the site that is built from it.

From the outside in: `commands` is the command line; `check` finds what does not fit together; `trace` ties rules
(`rules`) to the places that cite them (`claims`) and to what reaches these (`reach`); `stamps` renews the hashes;
`tables` writes the generated tables. `site` builds the book with mkdocs: `hooks` puts boxes (`boxes`), formulas
(`formulas`), diagrams (`diagrams`), figures (`figures`) and sources (`sources`) into the pages, and runs the examples
(`examples`).
"""
