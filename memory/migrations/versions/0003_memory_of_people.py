"""One customer on many channels, facts, summaries, and an index of what was said.

Everybody known by a number gets it as an identity, and what was said so far becomes searchable.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import memory.types
from memory.indexing import fill_index, make_text_index, remove_text_index

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("customers", sa.Column("joined_into", sa.String(), nullable=True))
    op.create_index("ix_customers_joined_into", "customers", ["joined_into"])
    op.add_column("conversations", sa.Column("summary", sa.String(), nullable=True))
    op.create_table(
        "identities",
        sa.Column("id", memory.types.RowId, autoincrement=True, nullable=False),
        sa.Column("business_id", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("at", memory.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["business_id"], ["businesses.id"], name=op.f("fk_identities_business_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_identities_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identities")),
        sa.UniqueConstraint("customer_id", "kind", "value", name=op.f("uq_identities_customer_id_kind_value")),
    )
    op.create_index("ix_identities_business_id_kind_value", "identities", ["business_id", "kind", "value"])
    op.create_table(
        "possible_matches",
        sa.Column("id", memory.types.RowId, autoincrement=True, nullable=False),
        sa.Column("business_id", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("other_id", sa.String(), nullable=False),
        sa.Column("reasons", memory.types.Json, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("at", memory.types.UtcDateTime(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", memory.types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["business_id"], ["businesses.id"], name=op.f("fk_possible_matches_business_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_possible_matches_customer_id")),
        sa.ForeignKeyConstraint(["other_id"], ["customers.id"], name=op.f("fk_possible_matches_other_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_possible_matches")),
        sa.UniqueConstraint("customer_id", "other_id", name=op.f("uq_possible_matches_customer_id_other_id")),
    )
    op.create_index("ix_possible_matches_business_id_status", "possible_matches", ["business_id", "status"])
    op.create_index("ix_possible_matches_other_id", "possible_matches", ["other_id"])
    op.create_table(
        "facts",
        sa.Column("id", memory.types.RowId, autoincrement=True, nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", memory.types.Json, nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=True),
        sa.Column("at", memory.types.UtcDateTime(), nullable=False),
        sa.Column("expires_at", memory.types.UtcDateTime(), nullable=True),
        sa.Column("forgotten_at", memory.types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_facts_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facts")),
    )
    op.create_index("ix_facts_customer_id_at", "facts", ["customer_id", "at"])
    op.create_index("ix_facts_conversation_id", "facts", ["conversation_id"])
    op.create_table(
        "passages",
        sa.Column("id", memory.types.RowId, autoincrement=True, nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("folded", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_passages_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passages")),
        sa.UniqueConstraint("conversation_id", "seq", name=op.f("uq_passages_conversation_id_seq")),
    )
    op.create_table(
        "passage_vectors",
        sa.Column("passage_id", memory.types.RowId, autoincrement=False, nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["passage_id"], ["passages.id"], name=op.f("fk_passage_vectors_passage_id")),
        sa.PrimaryKeyConstraint("passage_id", name=op.f("pk_passage_vectors")),
    )
    op.create_index("ix_passage_vectors_model", "passage_vectors", ["model"])
    connection = op.get_bind()
    make_text_index(connection)
    op.execute(
        "INSERT INTO identities (business_id, customer_id, kind, value, verified, source, at) "
        "SELECT business_id, id, 'phone', phone, true, 'migration', created_at FROM customers WHERE phone IS NOT NULL"
    )
    fill_index(connection)


def downgrade() -> None:
    remove_text_index(op.get_bind())
    for table in ("passage_vectors", "passages", "facts", "possible_matches", "identities"):
        op.drop_table(table)
    op.drop_column("conversations", "summary")
    op.drop_index("ix_customers_joined_into", "customers")
    op.drop_column("customers", "joined_into")
