"""What a line of the ledger decided and about which artifacts, and checks of the champion against new figures."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the table of checks, which only grows."""
    op.add_column("promotions", sa.Column("kind", sa.String, nullable=False, server_default="promote"))
    op.add_column("promotions", sa.Column("candidate", sa.String, nullable=True))
    op.add_column("promotions", sa.Column("manifest_sha256", sa.String, nullable=True))
    op.create_table(
        "drift_checks",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("created", sa.DateTime, nullable=False),
        sa.Column("model_version", sa.String, nullable=False),
        sa.Column("scope", sa.String, nullable=False),
        sa.Column("data_as_of", sa.Date, nullable=False),
        sa.Column("advised", sa.Boolean, nullable=False),
        sa.Column("report", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    if op.get_bind().dialect.name == "sqlite":
        for action in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER drift_checks_no_{action.lower()} BEFORE {action} ON drift_checks "
                "BEGIN SELECT RAISE(ABORT, 'drift_checks is append-only'); END"
            )
        return
    op.execute(
        "CREATE TRIGGER drift_checks_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON drift_checks "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    """Drop the table and the columns; the triggers go with their table."""
    op.drop_table("drift_checks")
    for column in ("manifest_sha256", "candidate", "kind"):
        op.drop_column("promotions", column)
