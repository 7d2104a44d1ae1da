"""``headroom editions diff``, ``export`` and ``import``: what changed between editions, and editions for others."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from headroom.console import output
from headroom.console.options import AsJson, Home, Private, scope

if TYPE_CHECKING:
    from headroom.settings import Settings
    from projection.edition.edition import Edition
    from projection.sharing.changes import Changes

FACTS = ("cause", "fact", "before", "after")
SERIES = ("series", "freq", "source", "added", "newest", "revised", "largest")
EFFECTS = ("cell", "year", "gap", "gap_after", "p_short", "p_short_after", "demand", "demand_after", "unit")


def diff(
    before: Annotated[str, typer.Argument(help="Identifier of the edition compared with.")],
    after: Annotated[str, typer.Argument(help="Identifier of the edition asked about; newest takes the one served.")],
    *,
    home: Home = None,
    private: Private = False,
    as_json: AsJson = False,
) -> None:
    """What changed from one edition to another: figures, models, assumptions, code, draws, and what cells say."""
    from headroom.settings import load

    difference = _changes(load(home=home, scope=scope(private=private)), before, after)
    if as_json:
        output.as_json(asdict(difference))
        return
    typer.echo(f"{difference.before} to {difference.after}: {', '.join(difference.causes) or 'nothing'} changed")
    facts = [
        {"cause": cause, "fact": fact.name, "before": fact.before, "after": fact.after}
        for cause, facts in difference.facts.items()
        for fact in facts
    ]
    for rows, columns in ((facts, FACTS), (_series(difference), SERIES), (_effects(difference), EFFECTS)):
        if rows:
            typer.echo("")
            output.as_table(rows, columns)
    for note in difference.notes:
        typer.echo(f"\n{note}")


def _changes(settings: "Settings", before: str, after: str) -> "Changes":
    from data.store.store import Rule
    from features.view import View
    from headroom import editions, wiring
    from projection.sharing.changes import changes

    store = wiring.store(settings)
    pair = [
        editions.newest(settings) if name == "newest" else editions.find(settings, name) for name in (before, after)
    ]
    earlier, later = (
        View.of(store, as_of=edition.data_as_of, rule=Rule(edition.manifest.get("data_rule", Rule.STRICT)))
        for edition in pair
    )
    return changes(*pair, earlier=earlier, later=later)


def _series(difference: "Changes") -> list[dict[str, object]]:
    return [
        {
            "series": one.series_id,
            "freq": one.freq,
            "source": one.source_id,
            "added": one.added,
            "newest": one.newest,
            "revised": one.revised,
            "largest": one.largest and f"{one.largest.period}: {one.largest.before} to {one.largest.after}",
        }
        for one in difference.series
    ]


def _effects(difference: "Changes") -> list[dict[str, object]]:
    """Years of cells that say another thing than before."""
    return [
        {
            "cell": f"{cell.region} {cell.layer}",
            "year": point.period.year,
            "gap": point.gap.before,
            "gap_after": point.gap.after,
            "p_short": point.p_short.before,
            "p_short_after": point.p_short.after,
            "demand": point.demand.before,
            "demand_after": point.demand.after,
            "unit": cell.unit,
        }
        for cell in difference.cells
        for point in cell.points
        if any(pair.before != pair.after for pair in (point.gap, point.p_short, point.demand))
    ]


def export(
    edition: Annotated[str, typer.Argument(help="Identifier of the edition; newest takes the one that is served.")],
    *,
    file: Annotated[
        Path | None, typer.Option("--output", help="Bundle to write: a tar archive of all its files.")
    ] = None,
    hubverse: Annotated[
        Path | None, typer.Option("--hubverse", help="Folder to make: quantiles in the form of a forecast hub.")
    ] = None,
    home: Home = None,
    private: Private = False,
    as_json: AsJson = False,
) -> None:
    """Write an edition for others: a bundle that another home imports, or a forecast hub that others score."""
    from data.base.errors import InvalidParameter
    from headroom import editions
    from headroom.settings import load
    from projection.sharing import bundle, hub

    if file is None and hubverse is None:
        raise InvalidParameter("output", "say what to write: --output FILE, --hubverse DIR or both")
    settings = load(home=home, scope=scope(private=private))
    issue = editions.newest(settings) if edition == "newest" else editions.find(settings, edition)
    digest = None if file is None else bundle.export(issue, file)
    table = None if hubverse is None else hub.export(issue, hubverse)
    if as_json:
        output.as_json({"edition": issue.id, "bundle": file, "sha256": digest, "hub": hubverse, "table": table})
        return
    if digest is not None:
        typer.echo(f"{file} holds {issue.id}, SHA-256 {digest}")
    if table is not None:
        typer.echo(f"{table} holds the quantiles of {issue.id}")


def bring(
    file: Annotated[Path, typer.Argument(help="Bundle written by: headroom editions export.")],
    *,
    home: Home = None,
    private: Private = False,
    as_json: AsJson = False,
) -> None:
    """Verify a bundle, put its edition into the home and record it; from then on it is the one served."""
    from headroom import editions, scores, wiring
    from headroom.settings import load
    from projection.sharing import bundle

    settings = load(home=home, scope=scope(private=private))
    wiring.migrate(settings)
    edition = editions.adopt(settings, bundle.unpack(file, settings.editions))
    scores.arrived(settings, private=private)
    print_adoption(edition, as_json=as_json)


def print_adoption(edition: "Edition", *, as_json: bool) -> None:
    """Print which edition the ledger has now, and the hash of its manifest."""
    if as_json:
        output.as_json({"edition": edition.id, "manifest_sha256": edition.manifest_sha256})
    else:
        typer.echo(f"{edition.id} is in the ledger, with the manifest {edition.manifest_sha256}")
