"""One module per command of ``alo``."""
