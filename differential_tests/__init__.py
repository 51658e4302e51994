import warnings

# vyper, of the gaps before the namespaces in storage.vy: nothing ever reads them, so that their length does no harm
warnings.filterwarnings("ignore", "Use of large arrays can be unsafe")
