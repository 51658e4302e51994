"""Scripts with the outcome of each line, and the corpus of short scenarios that every run replays."""
