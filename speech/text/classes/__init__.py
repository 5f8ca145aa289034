"""One file per class of thing: how it is recognised and read, or recognised and written, side by side."""
