"""The sub-commands of `python -m bot`, one module each, imported only when asked for."""
