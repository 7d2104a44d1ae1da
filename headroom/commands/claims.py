"""``headroom claims``: sentences about the world with the verdict of an edition, or one judged again from its draws."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from headroom.console import output
from headroom.console.options import AsJson, Home, Private, scope

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from features.view import View
    from headroom.settings import Settings
    from projection.claims.history import Judgement
    from projection.edition.edition import Edition

COLUMNS = ("claim", "verdict", "reads", "value", "sentence")
READINGS = ("value", "unit", "verdict", "counts", "title")
HISTORY = ("data_as_of", "edition", "verdict", "values")
app = typer.Typer()


@app.command()
def claims(
    *,
    claim: Annotated[str | None, typer.Argument(help="One claim; all of them by default.")] = None,
    edition: Annotated[str | None, typer.Option("--edition", help="Which edition; the newest by default.")] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Judge from the edition's draws and the figures of its day, as published.")
    ] = False,
    home: Home = None,
    private: Private = False,
    as_json: AsJson = False,
) -> None:
    """List claims with their verdicts, or show one: every number, its rule, and what editions before said."""
    from data.base.errors import NotFound
    from headroom.settings import load

    settings = load(home=home, scope=scope(private=private))
    source = _edition(settings, edition)
    judged = _judged_again(settings, source, claim) if again else _published(source)
    if claim is not None and claim not in judged:
        raise NotFound("claim", claim, allowed=list(judged))
    shown = list(judged.values()) if claim is None else [judged[claim]]
    past = [] if claim is None or again else _history(settings)(claim)
    if as_json:
        items = [item | {"history": [_past(one) for one in past]} for item in shown] if past else shown
        output.as_json({"edition": source.id, "data_as_of": source.data_as_of, "claims": items})
        return
    typer.echo(f"{source.id}, figures known on {source.data_as_of}")
    if claim is None:
        output.as_table([_line(item) for item in shown], COLUMNS)
    else:
        _show(shown[0], past)


def _edition(settings: "Settings", name: str | None) -> "Edition":
    """An edition of the ledger, or of a past day; raises :class:`data.base.errors.NotFound`."""
    from headroom import editions
    from headroom.hindcasting import editions_of_past_days
    from projection.edition.edition import Edition, folders

    if name is None:
        return editions.newest(settings)
    past = editions_of_past_days(settings)
    if name in {folder.name for folder in folders(past)}:
        return Edition.load(past / name)
    return editions.find(settings, name)


def _published(edition: "Edition") -> dict[str, dict[str, Any]]:
    """Claims by name as the edition judged them; raises :class:`data.base.errors.NotFound` where it judged none."""
    from data.base.errors import NotFound
    from projection.claims.evaluation import DOCUMENT

    if DOCUMENT not in edition.manifest["files"]:
        raise NotFound(
            "file", DOCUMENT, hint=f"{edition.id} was made before claims: --again judges them from its draws"
        )
    return {item["id"]: item for item in edition.document(DOCUMENT)["claims"]}


def _judged_again(settings: "Settings", edition: "Edition", claim: str | None) -> dict[str, dict[str, Any]]:
    from projection.claims.evaluation import document
    from projection.claims.library import shipped

    view = _figures(settings, edition)
    if view.sha256() != edition.manifest["data_sha256"]:
        typer.echo(f"the figures known on {edition.data_as_of} are not those {edition.id} was made from", err=True)
    chosen = {name: item for name, item in shipped().items() if claim in {None, name}}
    return {item["id"]: item for item in document(edition, view, chosen)["claims"]}


def _figures(settings: "Settings", edition: "Edition") -> "View":
    """Figures as the edition saw them: by publication, or of a past day by release lags too."""
    from data.store.store import Rule
    from headroom import wiring

    if edition.manifest.get("data_rule") == Rule.AVAILABLE:
        from training.hindcast import view_on

        return view_on(wiring.view(settings), day=edition.data_as_of)
    return wiring.view(settings, as_of=edition.data_as_of)


def _history(settings: "Settings") -> Any:  # noqa: ANN401 - a class that is imported when it is needed
    from headroom.editions import records
    from headroom.hindcasting import editions_of_past_days
    from projection.claims.history import ClaimHistory

    return ClaimHistory(settings.editions, lambda: records(settings), editions_of_past_days(settings))


def _line(item: dict[str, Any]) -> dict[str, Any]:
    first = next(reading for reading in item["readings"] if reading["counts"])
    return {
        "claim": item["id"],
        "verdict": item["verdict"],
        "reads": first["unit"],
        "value": _number(first["value"]),
        "sentence": item["sentence"],
    }


def _show(item: dict[str, Any], past: "Sequence[Judgement]") -> None:
    typer.echo(f"{item['sentence']} {item['verdict'].upper()}.\n")
    rows = [reading | {"counts": "yes" if reading["counts"] else "beside"} for reading in item["readings"]]
    output.as_table(
        [row | {"value": None if row["value"] is None else f"{row['value']:.4g}"} for row in rows], READINGS
    )
    for sentence in _facts(item["readings"]):
        typer.echo(f"  {sentence}")
    typer.echo(f"\nDo not misread: {item['do_not_misread']}")
    typer.echo(f"What would decide it: {item['decided_by']}")
    typer.echo(f"Again: {item['command']}")
    if past:
        typer.echo("")
        output.as_table([_past(one) | {"values": _values(one)} for one in past], HISTORY)


def _facts(readings: "Sequence[dict[str, Any]]") -> "Iterator[str]":
    """Rules, reasons, and what holds a joint event back."""
    for reading in readings:
        bounds = ", ".join(f"{name.replace('_', ' ')} {value:g}" for name, value in reading["rule"].items())
        yield f"{reading['title']}: {bounds}. {reading['reason'] or ''}".rstrip()
        for part in reading["detail"].get("parts", []):
            yield f"  {part['title']}: {part['p']:.3f} alone; the others without it: {part['p_others']:.3f}"


def _past(one: "Judgement") -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(one)


def _values(one: "Judgement") -> str:
    return "; ".join(_number(reading["value"]) or "-" for reading in one.readings)


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:.4g}"
