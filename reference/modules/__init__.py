"""The entry points, one file for each module of the proxy."""
