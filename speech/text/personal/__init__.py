"""Classes of personal data, one file each; ``speech.text.privacy`` puts them together."""
