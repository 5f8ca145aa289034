"""The intent model: recipe, examples, card and weights."""
