"""Keys of the API, and how many requests of whom were counted."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; of a key its hash is kept, and of a caller one row for each window of time."""
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("label", sa.String, nullable=False, unique=True),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("created", sa.DateTime, nullable=False),
        sa.Column("actor", sa.String, nullable=False),
        sa.Column("expires", sa.DateTime, nullable=True),
        sa.Column("last_used", sa.DateTime, nullable=True),
        sa.Column("revoked", sa.DateTime, nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "request_counts",
        sa.Column("caller", sa.String, primary_key=True),
        sa.Column("budget", sa.String, primary_key=True),
        sa.Column("window", sa.Integer, primary_key=True),
        sa.Column("requests", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in ("request_counts", "api_keys"):
        op.drop_table(table)
