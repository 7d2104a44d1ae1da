"""Recalls and citations of editions: further rows beside the edition, which itself stays as it was issued."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = ("edition_recalls", "edition_citations")


def upgrade() -> None:
    """Create the tables; the database itself refuses to change or delete what was once written."""
    op.create_table(
        "edition_recalls",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("edition", sa.String, sa.ForeignKey("editions.id"), nullable=False, index=True),
        sa.Column("recalled", sa.DateTime, nullable=False),
        sa.Column("actor", sa.String, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("successor", sa.String, sa.ForeignKey("editions.id"), nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "edition_citations",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("edition", sa.String, sa.ForeignKey("editions.id"), nullable=False, index=True),
        sa.Column("cited", sa.DateTime, nullable=False),
        sa.Column("actor", sa.String, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    for table in TABLES:
        if op.get_bind().dialect.name == "sqlite":
            for action in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
        else:
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )


def downgrade() -> None:
    """Drop the tables; the triggers go with them."""
    for table in reversed(TABLES):
        op.drop_table(table)
