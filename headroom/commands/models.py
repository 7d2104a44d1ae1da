"""``headroom models``: trained versions and the champion."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from headroom.console import output
from headroom.console.options import AsJson, By, Home, Private, scope

if TYPE_CHECKING:
    from data.store.ledger import Over, Promotion
    from headroom.settings import Settings

app = typer.Typer(help="List, promote and roll back what training published.", no_args_is_help=True)
Reason = Annotated[str, typer.Option("--reason", help="Why, in words; the ledger keeps it.")]
OverOption = Annotated[
    str | None, typer.Option("--over", help="The champion it is to follow; refused when another one stands by then.")
]
COLUMNS = ("version", "status", "standing", "data_as_of", "series", "reason")


@app.command("list", help="Published versions, newest first: which is champion, and whether it should be retrained.")
def list_(*, home: Home = None, private: Private = False, as_json: AsJson = False) -> None:
    """Versions whose files verify, and why the others do not."""
    from headroom import wiring
    from headroom.settings import load
    from training.champion.ledger import champion_status

    settings = load(home=home, scope=scope(private=private))
    wiring.migrate(settings)
    status = champion_status(settings.database_url.get_secret_value(), scope=settings.scope)
    champion = "" if status is None else status.promotion.model_version
    challenger = "" if status is None else status.challenger
    folders = settings.models.iterdir() if settings.models.is_dir() else ()
    names = sorted((path.name for path in folders if not path.name.startswith(".")), reverse=True)
    rows = [_row(settings, name, champion=champion, challenger=challenger) for name in names]
    checked = _checked(settings, champion)
    for row in rows:
        row["drift"] = checked if row["champion"] else None
    if as_json:
        output.as_json({"items": rows})
        return
    if not rows:
        typer.echo("no version has been published: run headroom train")
        return
    output.as_table(rows, COLUMNS)
    if checked is not None:
        advice = f"retrain advised: {'; '.join(checked['reasons'])}" if checked["advised"] else "no need to retrain"
        typer.echo(f"checked {checked['checked']:%Y-%m-%d}: {advice}")


def _checked(settings: "Settings", champion: str) -> dict[str, Any] | None:
    from headroom import wiring

    check = wiring.last_drift(settings, champion)
    if check is None:
        return None
    return {
        "checked": check.created,
        "data_as_of": check.data_as_of,
        "advised": check.advised,
        "reasons": list(check.report["reasons"]),
    }


def _row(settings: "Settings", name: str, *, champion: str, challenger: str | None) -> dict[str, Any]:
    from data.base.errors import ArtifactCorrupt
    from training.artifact.published import Published

    standing = {champion: "champion", challenger: "challenger"}.get(name)
    row: dict[str, Any] = {"version": name, "champion": name == champion, "standing": standing}
    try:
        published = Published.load(settings.models / name)
    except ArtifactCorrupt as error:
        return row | {"status": "corrupt", "reason": error.detail}
    return row | {"status": "good", "data_as_of": published.manifest["data_as_of"], "series": published.meta.height}


@app.command(help="One version: what it was made from, its scores, and every decision about it.")
def show(
    version: Annotated[str, typer.Argument(help="A version of models list, or champion.")] = "champion",
    *,
    home: Home = None,
    private: Private = False,
    as_json: AsJson = False,
) -> None:
    """Manifest, scores, and the lines of the ledger."""
    from data.periods.timestamps import rfc3339, with_rfc3339
    from headroom import wiring
    from headroom.settings import load
    from training.backtest.summary import summary
    from training.champion.ledger import champion, promotions
    from training.champion.promotion import version_of

    settings = load(home=home, scope=scope(private=private))
    wiring.migrate(settings)
    url = settings.database_url.get_secret_value()
    version_id = champion(url, scope=settings.scope) if version == "champion" else version
    published = version_of(version_id, wiring.model_store(settings))
    lines = [line for line in promotions(url) if version_id in {line.candidate, line.model_version}]
    scores = summary(published.scores)
    decisions = [line.public_fields() for line in lines if line.scope is settings.scope]
    if as_json:
        output.as_json(
            {
                "version": version_id,
                "manifest_sha256": published.sha256,
                "manifest": with_rfc3339(dict(published.manifest)),
                "scores": scores,
                "decisions": decisions,
            }
        )
        return
    manifest = published.manifest
    trained_on = with_rfc3339(manifest["created"])
    typer.echo(f"{version_id}  data as of {manifest['data_as_of']}, trained {trained_on}, seed {manifest['seed']}")
    typer.echo(
        f"code {manifest['code']['version']} {manifest['code']['sha256'][:12]}, manifest {published.sha256[:12]}"
    )
    rows = [{"cell": cell, **{name: round(value, 3) for name, value in row.items()}} for cell, row in scores.items()]
    if rows:
        output.as_table(rows, tuple(rows[0]))
    for line in decisions:
        typer.echo(f"{rfc3339(line['created'])} {line['kind']} by {line['actor']}: {line['reason']}")


@app.command(help="Make a published version champion because you say so; what the gate finds is recorded beside it.")
def promote(
    version: Annotated[str, typer.Argument(help="A version of models list.")],
    *,
    reason: Reason,
    by: By = None,
    over: OverOption = None,
    home: Home = None,
    private: Private = False,
    as_json: AsJson = False,
) -> None:
    """Promote by hand."""
    from headroom import clock, days, wiring
    from headroom.settings import load
    from training.champion.gate import Limits
    from training.champion.promotion import by_hand

    settings = load(home=home, scope=scope(private=private))
    wiring.migrate(settings)
    clock.warn(settings)
    line = by_hand(
        version,
        model_store=wiring.model_store(settings),
        actor=by or wiring.person(),
        reason=reason,
        today=days.today(),
        limits=Limits(),
        over=_over(over),
    )
    _decided(settings, line, as_json=as_json)


@app.command(help="Go back to a former champion, from exactly the files that were promoted then.")
def rollback(
    version: Annotated[str | None, typer.Argument(help="A former champion. Default: the one before this one.")] = None,
    *,
    reason: Reason,
    by: By = None,
    over: OverOption = None,
    home: Home = None,
    private: Private = False,
    as_json: AsJson = False,
) -> None:
    """Roll back; the files are verified, and fetched from MLflow where they are gone or changed."""
    from headroom import clock, wiring
    from headroom.settings import load
    from training.champion.promotion import rollback as back
    from training.tracking import tracking

    settings = load(home=home, scope=scope(private=private))
    wiring.migrate(settings)
    clock.warn(settings)
    place = wiring.tracking(settings)
    line = back(
        version,
        model_store=wiring.model_store(settings),
        actor=by or wiring.person(),
        reason=reason,
        fetch=lambda name, target: tracking.fetch(name, target, place=place),
        over=_over(over),
    )
    _decided(settings, line, as_json=as_json)


@app.command(help="Send what waits to MLflow, log the champion anew where MLflow cannot load it, set the aliases.")
def sync(*, home: Home = None, private: Private = False, as_json: AsJson = False) -> None:
    """Bring the tracking store to what the disk and the ledger say."""
    from headroom import wiring
    from headroom.settings import load
    from training.tracking.sync import synchronize

    settings = load(home=home, scope=scope(private=private))
    wiring.migrate(settings)
    synced = synchronize(
        wiring.tracking(settings),
        model_store=wiring.model_store(settings),
        figures=lambda day: wiring.view(settings, as_of=day),
        now=lambda: datetime.now(UTC),
    )
    facts = {"sent": list(synced.sent), "repaired": list(synced.repaired), "waiting": list(synced.waiting)}
    if as_json:
        output.as_json(facts)
        return
    for name, items in facts.items():
        typer.echo(f"{name}: {', '.join(items) or 'nothing'}")


@app.command(help="Compare the newest figures with what the champion expected, and say whether to retrain.")
def drift(*, home: Home = None, private: Private = False, as_json: AsJson = False) -> None:
    """Check, record and report."""
    from data.base.errors import NoChampion
    from headroom import days, wiring
    from headroom.settings import load

    settings = load(home=home, scope=scope(private=private))
    wiring.migrate(settings)
    drift_report = wiring.drift(settings, today=days.today())
    if drift_report is None:
        raise NoChampion("the ledger")
    if as_json:
        output.as_json(
            {"version": drift_report.version, "data_as_of": drift_report.data_as_of, **drift_report.report()}
        )
        return
    advice = "retrain" if drift_report.advised else "no need to retrain"
    typer.echo(f"{drift_report.version} on figures to {drift_report.data_as_of}: {advice}")
    for finding in drift_report.findings:
        typer.echo(f"  {'ADVISES' if finding.advises else 'fine   '} {finding.name}: {finding.detail}")


def _over(version: str | None) -> "Over | None":
    from data.store.ledger import Over

    return None if version is None else Over(version)


def _decided(settings: "Settings", line: "Promotion", *, as_json: bool) -> None:
    """Report the decision, after MLflow's aliases were asked to follow; the ledger holds it whether they did or not."""
    from data.base.errors import HeadroomError
    from headroom import wiring
    from training.champion.ledger import champion_status
    from training.tracking import tracking

    fault = None
    try:
        status = champion_status(settings.database_url.get_secret_value(), scope=settings.scope)
        tracking.align(status, place=wiring.tracking(settings))
    except (HeadroomError, OSError) as error:
        fault = str(error)
    if as_json:
        output.as_json(line.public_fields() | {"tracking_fault": fault})
        return
    typer.echo(f"{line.model_version} is champion, after {line.previous_version or 'none'}: {line.reason}")
    typer.echo("run headroom project for an edition made with it")
    if fault is not None:
        typer.echo(f"MLflow's aliases do not follow yet, headroom models sync repairs them: {fault}", err=True)
