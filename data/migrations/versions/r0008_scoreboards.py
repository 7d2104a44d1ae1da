"""The last scoreboard of each scope, which the next scoring replaces: it can be made again from the figures."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "scoreboards",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("scope", sa.String, nullable=False, index=True),
        sa.Column("scored", sa.DateTime, nullable=False),
        sa.Column("as_of", sa.Date, nullable=False),
        sa.Column("sha256", sa.String, nullable=False),
        sa.Column("skipped", sa.Text, nullable=False),
        sa.Column("outcomes", sa.LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("scoreboards")
