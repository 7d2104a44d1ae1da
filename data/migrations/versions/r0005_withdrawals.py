"""Withdrawals of imported sources: what was imported before one is not known from its day on, and stays stored."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; the database itself refuses to change or delete what was once written."""
    op.create_table(
        "withdrawals",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("refresh_id", sa.Integer, sa.ForeignKey("refreshes.id"), nullable=False, index=True),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("withdrawn", sa.DateTime, nullable=False),
        sa.Column("actor", sa.String, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    if op.get_bind().dialect.name == "sqlite":
        for action in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER withdrawals_no_{action.lower()} BEFORE {action} ON withdrawals "
                "BEGIN SELECT RAISE(ABORT, 'withdrawals is append-only'); END"
            )
        return
    op.execute(
        "CREATE TRIGGER withdrawals_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON withdrawals "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    """Drop the table; the triggers go with it."""
    op.drop_table("withdrawals")
