"""The shipped syllable trigram and the recipe that makes it."""
