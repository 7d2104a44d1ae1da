"""Jobs, their runs and their schedules."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

RUNNING = sa.text("state = 'running'")


def upgrade() -> None:
    """Create the tables; a slot has one job, and of a kind one job runs at a time."""
    op.create_table(
        "schedules",
        sa.Column("name", sa.String, primary_key=True),
        *(sa.Column(name, sa.String, nullable=False) for name in ("kind", "cron", "zone", "catch_up")),
        sa.Column("paused", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("next_slot", sa.DateTime, nullable=False),
        sa.Column("last_slot", sa.DateTime, nullable=True),
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        *(sa.Column(name, sa.String, nullable=False) for name in ("kind", "cause", "actor")),
        sa.Column("request", sa.String, nullable=True),
        sa.Column("schedule", sa.String, sa.ForeignKey("schedules.name"), nullable=True),
        sa.Column("slot", sa.DateTime, nullable=True),
        sa.Column("parent", sa.Integer, sa.ForeignKey("jobs.id"), nullable=True),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("created", sa.DateTime, nullable=False),
        sa.Column("not_before", sa.DateTime, nullable=False),
        sa.Column("finished", sa.DateTime, nullable=True),
        *(sa.Column(name, sa.Integer, nullable=False, server_default="0") for name in ("runs", "failures", "beats")),
        sa.Column("worker", sa.String, nullable=True),
        sa.Column("cancelled_by", sa.String, nullable=True),
        sa.Column("progress", sa.Text, nullable=True),
        sa.Column("log", sa.Text, nullable=False, server_default=""),
        sa.Column("document", sa.Text, nullable=True),
        sa.Column("error", sa.Text, nullable=True),
        sa.UniqueConstraint("schedule", "slot", name="jobs_slot"),
        sa.UniqueConstraint("parent", "kind", name="jobs_follow_up"),
        sqlite_autoincrement=True,
    )
    op.create_index("jobs_state", "jobs", ["state", "not_before"])
    op.create_index("jobs_running", "jobs", ["kind"], unique=True, sqlite_where=RUNNING, postgresql_where=RUNNING)
    op.create_table(
        "job_runs",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("job", sa.Integer, sa.ForeignKey("jobs.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("worker", sa.String, nullable=False),
        sa.Column("started", sa.DateTime, nullable=False),
        sa.Column("finished", sa.DateTime, nullable=True),
        sa.Column("outcome", sa.String, nullable=True),
        sa.Column("error", sa.Text, nullable=True),
        sa.UniqueConstraint("job", "number", name="job_runs_number"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    """Drop the tables; the indexes go with theirs."""
    for table in ("job_runs", "jobs", "schedules"):
        op.drop_table(table)
