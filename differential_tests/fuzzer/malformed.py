"""What is wrong with the content of a file that somebody else may have written."""

from typing import Any

MOST = 2**128
"""Numbers are below this, or no float can have them."""

Shape = Any
"""A type; [shape] is a list, {str: shape} an object of any names, another dict one that has at least its names."""


def explain(error: Exception) -> str:
    """The text of an error; that of a KeyError is the bare name of what is missing."""
    return f"it has no {error}" if type(error) is KeyError else str(error)


def fits(value: Any, shape: Shape) -> bool:
    """Whether a value that was JSON has a shape. Numbers are 0 or more."""
    if isinstance(shape, list):
        return isinstance(value, list) and all(fits(each, shape[0]) for each in value)
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return False
        if str in shape:
            return all(fits(each, shape[str]) for each in value.values())
        return all(name in value and fits(value[name], each) for name, each in shape.items())
    if shape in (int, float):
        numbers = int if shape is int else (int, float)
        return isinstance(value, numbers) and not isinstance(value, bool) and 0 <= value < MOST
    return isinstance(value, shape)
