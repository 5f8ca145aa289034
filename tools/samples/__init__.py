"""Sample services on the embedded database: what a business replaces by its own systems. All data is made up."""
