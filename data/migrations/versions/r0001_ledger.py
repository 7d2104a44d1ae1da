"""Tables of promotions (append-only) and of editions."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables; on SQLite, triggers refuse to change or delete a promotion."""
    op.create_table(
        "promotions",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("created", sa.DateTime, nullable=False),
        sa.Column("model_version", sa.String, nullable=False),
        sa.Column("previous_version", sa.String, nullable=True),
        sa.Column("actor", sa.String, nullable=False),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "editions",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("issued", sa.DateTime, nullable=False),
        sa.Column("data_as_of", sa.Date, nullable=False),
        sa.Column("model_version", sa.String, nullable=False),
        sa.Column("manifest_sha256", sa.String, nullable=False),
        sa.Column("path", sa.String, nullable=False),
    )
    if op.get_bind().dialect.name == "sqlite":
        for action in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER promotions_no_{action.lower()} BEFORE {action} ON promotions "
                "BEGIN SELECT RAISE(ABORT, 'promotions is append-only'); END"
            )


def downgrade() -> None:
    """Drop both tables; the triggers go with theirs."""
    op.drop_table("editions")
    op.drop_table("promotions")
