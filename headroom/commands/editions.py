"""``headroom editions``: lists, shows, verifies, recalls, cites and prunes published editions."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from headroom.commands.edition_explain import explain
from headroom.commands.edition_sharing import bring, diff, export, print_adoption
from headroom.console import output
from headroom.console.options import AsJson, By, Home, Private, scope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data.store.ledger import IssuedEdition
    from headroom.settings import Settings
    from projection.edition.edition import Edition
    from projection.edition.remote import RemoteEditions
    from projection.verification import Repetition

app = typer.Typer(
    no_args_is_help=True,
    help="List, show, verify, compare, explain, export, recall, cite and prune published editions.",
)
app.command()(diff)
app.command()(explain)
app.command()(export)
app.command("import")(bring)
Id = Annotated[str, typer.Argument(help="Identifier of the edition; newest takes the one that is served.")]
Name = Annotated[str, typer.Argument(help="Identifier of the edition.")]
IDENTITY = ("identity", "worst", "tolerance", "compared", "cell", "scenario")
PRUNED = ("edition", "kept_because", "bytes")
COLUMNS = ("edition", "issued", "data_as_of", "model_version", "scenarios", "state")
OBSERVABLE = ("observable", "figure", "error", "form", "prior", "posterior", "sample_alone", "used", "moves_p_short")
SHORTAGE = ("power_short", "year", "prior", "posterior", "nothing_unmet", "by_unmet_share")
MOVED = "US"
"""Whose chance of a shortage is printed with each observable alone."""


@app.command("list")
def list_(
    *,
    last: Annotated[
        int | None, typer.Option("--last", min=1, max=2**63 - 1, help="Only so many, the last issued.")
    ] = None,
    home: Home = None,
    private: Private = False,
    as_json: AsJson = False,
) -> None:
    """List the editions, last issued first by the ledger's order, each verified against its hashes and the ledger."""
    from headroom.editions import records as recorded
    from headroom.editions import remote
    from headroom.settings import load
    from projection.edition.edition import folders

    settings = load(home=home, scope=scope(private=private))
    records = {record.id: record for record in recorded(settings)}
    unknown = [path.name for path in folders(settings.editions) if path.name not in records]
    names = [*list(reversed(records))[:last], *unknown]
    storage = remote(settings)
    rows = [_row(settings.editions / name, records.get(name), storage) for name in names]
    if as_json:
        output.as_json({"items": rows})
    else:
        output.as_table([row | {"scenarios": ",".join(row["scenarios"])} for row in rows], COLUMNS)


@app.command()
def show(edition: Id = "newest", *, home: Home = None, private: Private = False, as_json: AsJson = False) -> None:
    """Print the manifest of one edition, the identities that held, and what its draws were weighed by."""
    from data.periods.timestamps import with_rfc3339
    from headroom.settings import load

    issue = _find(edition, load(home=home, scope=scope(private=private)))
    manifest, weighed = with_rfc3339(dict(issue.manifest)), issue.conditioning
    if as_json:
        output.as_json(manifest if weighed is None else manifest | {"weighed_by": weighed})
    else:
        identities = manifest.pop("identities", [])
        output.as_table([{"fact": key, "value": value} for key, value in manifest.items()], ("fact", "value"))
        typer.echo("")
        output.as_table([one | {"identity": one["name"], "cell": one["cell"] or None} for one in identities], IDENTITY)
        if weighed is not None:
            _weighed(weighed)


@app.command()
def verify(
    edition: Id = "newest",
    *,
    again: Annotated[
        bool, typer.Option("--again", help="Project it again from the inputs its manifest names, and compare.")
    ] = False,
    scenario: Annotated[
        str | None, typer.Option("--scenario", help="Draw this scenario again, and compare with the hash of its draws.")
    ] = None,
    home: Home = None,
    private: Private = False,
    as_json: AsJson = False,
) -> None:
    """Check the manifest against the ledger and every file against the manifest; an error names what differs first."""
    from headroom import editions
    from headroom.settings import load

    settings = load(home=home, scope=scope(private=private))
    issue = _find(edition, settings)
    files = len(issue.manifest["files"])
    repetition = editions.repeat(settings, issue, scenario) if again or scenario else None
    if as_json:
        repeated = {} if repetition is None else {"again": asdict(repetition)}
        output.as_json({"edition": issue.id, "files": files, "ok": repetition is None or repetition.holds} | repeated)
    else:
        typer.echo(f"{issue.id}: the manifest matches the ledger, and {files} files match the manifest")
        for sentence in _repeated(repetition) if repetition else ():
            typer.echo(f"  {sentence}")
    if repetition is not None and not repetition.holds:
        raise typer.Exit(1)


def _repeated(repetition: "Repetition") -> list[str]:
    """What came of making it again, in sentences."""
    same, parts, worst = repetition.same, repetition.parts, repetition.worst
    if same == parts:
        return [*repetition.circumstances, f"Made again, {parts} of {parts} parts are the same to the last bit."]
    apart = "cannot be compared" if worst is None else f"differ by at most {worst:.1e} of the largest draw"
    where = f" ({repetition.where})" if repetition.where else ""
    verdict = "which is within the tolerance" if repetition.holds else "so it could not be made again"
    return [
        *repetition.circumstances,
        f"Made again, {same} of {parts} parts are the same to the last bit; draws {apart}{where}, {verdict}.",
    ]


@app.command()
def adopt(
    edition: Annotated[str, typer.Argument(help="Name of its folder below the home's editions.")],
    *,
    home: Home = None,
    private: Private = False,
    as_json: AsJson = False,
) -> None:
    """Record an edition that was copied into the home, as it stands there; from then on it is the one served."""
    from headroom import editions, scores, wiring
    from headroom.settings import load

    settings = load(home=home, scope=scope(private=private))
    wiring.migrate(settings)
    adopted = editions.adopt(settings, edition)
    scores.arrived(settings, private=private)
    print_adoption(adopted, as_json=as_json)


@app.command()
def recall(
    edition: Name,
    *,
    reason: Annotated[str, typer.Option("--reason", help="What is wrong with it; it is kept, and answers say it.")],
    successor: Annotated[str | None, typer.Option("--successor", help="The edition to use instead.")] = None,
    by: By = None,
    home: Home = None,
    private: Private = False,
    as_json: AsJson = False,
) -> None:
    """Recall an edition: it stays, every answer from it says so, and it is not served any more unless it is named."""
    from data.store.ledger import recall_edition
    from headroom import wiring
    from headroom.settings import load

    settings = load(home=home, scope=scope(private=private))
    wiring.migrate(settings)
    with wiring.ledger(settings) as engine:
        recalled = recall_edition(
            engine, edition, reason=reason, actor=by or wiring.person(), successor=successor, scope=settings.scope
        )
    if as_json:
        output.as_json({"edition": edition} | asdict(recalled))
    else:
        instead = f"; {successor} stands instead" if successor else ""
        typer.echo(f"{edition} is recalled: {recalled.reason}{instead}")


@app.command()
def cite(
    edition: Name,
    *,
    place: Annotated[str, typer.Option("--in", help="Where it is cited: a title, a URL, a DOI; it is kept.")],
    by: By = None,
    home: Home = None,
    private: Private = False,
    as_json: AsJson = False,
) -> None:
    """Record that an edition is cited: its files are then never removed."""
    from data.store.citations import record_citation
    from headroom import wiring
    from headroom.settings import load

    settings = load(home=home, scope=scope(private=private))
    wiring.migrate(settings)
    with wiring.ledger(settings) as engine:
        citation = record_citation(engine, edition, actor=by or wiring.person(), place=place, scope=settings.scope)
    if as_json:
        output.as_json(asdict(citation))
    else:
        typer.echo(f"{citation.edition} is cited in {citation.place}, and stays")


def _weighed(document: "Mapping[str, Any]") -> None:
    """Observables and what they did: quantities as medians with their 80 % band."""
    typer.echo(
        f"\n{document['prior_draws']} draws were weighed; {document['effective_sample']} is their effective number"
    )
    rows = [
        {
            "observable": one["name"],
            "figure": f"{one['value']:.3g}",
            "prior": _band(one["prior"]),
            "posterior": _band(one["posterior"]),
            "sample_alone": one["effective_sample_alone"],
            "moves_p_short": _by_year(one["p_short"][MOVED], "{prior:.2f} to {with_it_alone:.2f}"),
        }
        for one in document["observables"]
    ]
    output.as_table([one | row for one, row in zip(document["observables"], rows, strict=True)], OBSERVABLE)
    typer.echo("")
    chances = [
        {
            "power_short": region,
            "year": year,
            "prior": f"{chance['prior']:.2f}",
            "posterior": f"{chance['posterior']:.2f}",
            "nothing_unmet": f"{chance['with_nothing_unmet']:.2f}",
            "by_unmet_share": ", ".join(
                f"{part['p_short']:.2f} at {part['unmet_share']:.0%}" for part in chance["by_unmet_share"]
            ),
        }
        for region, by_year in document["p_short"].items()
        for year, chance in by_year.items()
    ]
    output.as_table(chances, SHORTAGE)


def _band(levels: "Mapping[str, float]") -> str:
    return f"{levels['0.5']:.3g} ({levels['0.1']:.3g} to {levels['0.9']:.3g})"


def _by_year(shifts: "Mapping[str, Mapping[str, float]]", form: str) -> str:
    return ", ".join(f"{year}: {form.format(**shift)}" for year, shift in shifts.items())


@app.command()
def prune(
    *,
    yes: Annotated[
        bool, typer.Option("--yes", help="Remove them; without it, only say what would be removed.")
    ] = False,
    home: Home = None,
    private: Private = False,
    as_json: AsJson = False,
) -> None:
    """Remove draws that the policy no longer keeps (draws_days, draws_monthly); manifests and answers stay.

    The latest editions, cited ones and those that stand instead of a recalled one keep their draws.
    """
    from datetime import UTC, datetime

    from data.base.errors import ArtifactCorrupt
    from headroom import editions
    from headroom.settings import load

    settings = load(home=home, scope=scope(private=private))
    today = datetime.now(UTC).date()
    rows = []
    for retention in editions.retentions(settings, today=today):
        row: dict[str, Any] = {"edition": retention.record.id, "kept_because": retention.reason, "bytes": None}
        if retention.reason is None and yes:
            try:
                row["bytes"] = editions.prune(settings, retention, today=today)
            except ArtifactCorrupt as error:
                row["kept_because"] = error.summary
        rows.append(row)
    if as_json:
        output.as_json({"removed": yes, "items": rows})
    else:
        output.as_table([row | {"kept_because": row["kept_because"] or "-"} for row in rows], PRUNED)
        typer.echo("" if yes else "nothing was removed: --yes removes the draws of those without a reason")


def _find(edition: str, settings: "Settings") -> "Edition":
    from headroom import editions

    return editions.newest(settings) if edition == "newest" else editions.find(settings, edition)


def _row(path: Path, record: "IssuedEdition | None", storage: "RemoteEditions | None") -> dict[str, Any]:
    from data.base.errors import ArtifactCorrupt
    from data.periods.timestamps import rfc3339
    from projection.edition.edition import Edition

    try:
        content = Edition.load(path, record=record, remote=storage)
    except ArtifactCorrupt as error:
        facts = dict.fromkeys(COLUMNS)
        return facts | {"edition": path.name, "scenarios": [], "state": f"corrupt: {error.detail}"}
    return {
        "edition": content.id,
        "issued": rfc3339(content.issued),
        "data_as_of": content.data_as_of.isoformat(),
        "model_version": content.model_version,
        "scenarios": list(content.scenarios),
        "state": _state(content, record),
    }


def _state(edition: "Edition", record: "IssuedEdition | None") -> str:
    from projection.edition.issued import not_recorded

    if record is None:
        return not_recorded(edition.id)
    if edition.recalled is not None:
        return f"recalled: {edition.recalled.reason}"
    removed = edition.draws_removed
    return "verified" if removed is None else f"verified; its draws were removed on {removed}"
