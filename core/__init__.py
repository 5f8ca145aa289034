"""Ground floor: errors, ids, clock, settings, logging, artefact lookup. Imports nothing of ours."""
