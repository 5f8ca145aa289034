"""A simulated carrier whose far end is a synthetic customer: businesses rehearse their campaigns on it."""
