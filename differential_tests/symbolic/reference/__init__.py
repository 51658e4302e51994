"""The reference, run over terms; its rules and its properties."""
