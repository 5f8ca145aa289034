"""Alembic migrations, run by ``memory.database.open_database``."""
