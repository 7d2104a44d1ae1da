"""The order in which editions were issued, which no clock decides."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Number what was recorded in the order it was inserted: rows of this table were never changed or deleted."""
    place = "rowid" if op.get_bind().dialect.name == "sqlite" else "ctid"
    op.add_column("editions", sa.Column("sequence", sa.Integer, nullable=False, server_default="0"))
    numbered = f"SELECT id, row_number() OVER (ORDER BY {place}) AS number FROM editions"  # noqa: S608 - a word of ours
    op.execute(f"UPDATE editions SET sequence = n.number FROM ({numbered}) AS n WHERE editions.id = n.id")  # noqa: S608 - as above
    op.create_index("editions_sequence", "editions", ["sequence"], unique=True)


def downgrade() -> None:
    """Drop the column with its index."""
    op.drop_index("editions_sequence", "editions")
    op.drop_column("editions", "sequence")
