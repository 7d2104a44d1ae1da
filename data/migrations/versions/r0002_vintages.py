"""Refreshed and imported figures as vintages, quarantine, and the scope of promotions and editions."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

GROWING = ("refreshes", "answers", "observations", "site_steps", "accelerators", "quarantine", "acceptances")


def _key() -> sa.Column[int]:
    return sa.Column("id", sa.Integer, primary_key=True, autoincrement=True)


def _refresh() -> sa.Column[int]:
    return sa.Column("refresh_id", sa.Integer, sa.ForeignKey("refreshes.id"), nullable=False, index=True)


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String, nullable=False) for name in names]


def _figures(*names: str) -> list[sa.Column[float]]:
    return [sa.Column(name, sa.Float(53), nullable=True) for name in names]


def upgrade() -> None:
    """Create the tables; the database itself refuses to change or delete what was once written."""
    for table in ("promotions", "editions"):
        op.add_column(table, sa.Column("scope", sa.String, nullable=False, server_default="public"))
    op.create_table(
        "refreshes",
        _key(),
        *_texts("source", "scope", "origin"),
        sa.Column("started", sa.DateTime, nullable=False),
        sa.Column("finished", sa.DateTime, nullable=False),
        *_texts("status"),
        sa.Column("error", sa.Text, nullable=False),
        *(
            sa.Column(name, sa.Integer, nullable=False)
            for name in ("read", "marked", "added", "revised", "unchanged", "quarantined")
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "answers",
        _key(),
        _refresh(),
        sa.Column("request", sa.Text, nullable=False, index=True),
        sa.Column("retrieved", sa.DateTime, nullable=False),
        *_texts("sha256"),
        sa.Column("bytes", sa.Integer, nullable=False),
        sa.Column("etag", sa.String, nullable=True),
        sa.Column("last_modified", sa.String, nullable=True),
        sa.Column("followed", sa.Boolean, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "observations",
        _key(),
        _refresh(),
        *_texts("scope", "series_id", "region", "metric", "unit", "freq"),
        sa.Column("period", sa.Date, nullable=False),
        *_figures("value", "low", "high"),
        *_texts("kind", "scenario", "source_id"),
        sa.Column("published", sa.Date, nullable=False),
        *_texts("confidence"),
        sa.Column("note", sa.Text, nullable=False),
        *_texts("table"),
        sa.Column("retrieved", sa.DateTime, nullable=False),
        sa.UniqueConstraint(
            "scope", "source_id", "series_id", "freq", "period", "scenario", "published", "refresh_id",
            name="observations_vintage",
        ),
        sqlite_autoincrement=True,
    )  # fmt: skip
    op.create_index("observations_series", "observations", ["series_id", "freq", "period"])
    op.create_table(
        "site_steps",
        _key(),
        _refresh(),
        sa.Column("vintage", sa.Date, nullable=False),
        *_texts("site"),
        sa.Column("date", sa.Date, nullable=False),
        *_figures("buildings", "it_mw", "facility_mw", "h100e"),
        sa.UniqueConstraint("vintage", "site", "date", name="site_steps_vintage"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "accelerators",
        _key(),
        _refresh(),
        sa.Column("retrieved", sa.DateTime, nullable=False),
        *_texts("vendor", "chip"),
        sa.Column("release_date", sa.Date, nullable=True),
        *_figures("bf16_tflops", "fp8_tflops", "memory_gb", "bandwidth_gb_s", "tdp_w", "price_usd"),
        *_texts("source_id", "confidence"),
        sa.UniqueConstraint("source_id", "vendor", "chip", "refresh_id", name="accelerators_vintage"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "quarantine",
        _key(),
        _refresh(),
        *_texts("scope", "source", "reason"),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("detail", "place", "row")),
        *_texts("digest"),
        sa.Column("seen", sa.DateTime, nullable=False),
        sa.UniqueConstraint("scope", "source", "digest", name="quarantine_once"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "acceptances",
        _key(),
        sa.Column("quarantine_id", sa.Integer, sa.ForeignKey("quarantine.id"), nullable=False, unique=True),
        sa.Column("accepted", sa.DateTime, nullable=False),
        *_texts("actor"),
        sa.Column("reason", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    _refuse_changes()


def _refuse_changes() -> None:
    # Revision 0001 guards the promotions on SQLite; on PostgreSQL they get their guard here.
    if op.get_bind().dialect.name == "sqlite":
        for table in GROWING:
            for action in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
        return
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; "
        "END $$"
    )
    for table in (*GROWING, "promotions"):
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    """Drop the tables and the scopes; the triggers go with their tables."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER promotions_append_only ON promotions")
    for table in reversed(GROWING):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change()")
    for table in ("promotions", "editions"):
        op.drop_column(table, "scope")
