"""Understanding: from what a customer said to commands that the flow engine may act on."""
