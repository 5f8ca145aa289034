"""The shipped classifier of callers' turns: examples, recipe, artefact and its card."""
