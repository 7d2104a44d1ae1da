"""``headroom scoreboard``: projections of others and of our editions, compared with later figures."""

import math
from statistics import median
from typing import TYPE_CHECKING, Annotated, Any

import typer

from headroom.console import output
from headroom.console.options import AsJson, Home, Private, scope

if TYPE_CHECKING:
    from projection.scoreboard.judging import ScoredProjection

COLUMNS = ("by", "series_id", "target", "published", "years", "said", "later", "error", "inside", "crps", "state")
app = typer.Typer()


@app.command()
def scoreboard(
    *,
    pending: Annotated[
        bool, typer.Option("--pending", help="Also list what cannot be scored: years not over, and nothing published.")
    ] = False,
    update: Annotated[
        bool, typer.Option("--update", help="Score anew and keep the result, which /v1/scoreboard then answers from.")
    ] = False,
    home: Home = None,
    private: Private = False,
    as_json: AsJson = False,
) -> None:
    """List what others and our editions projected, and how far off it turned out to be."""
    from headroom import scores
    from headroom.settings import load
    from projection.scoreboard.board import to_frame
    from projection.scoreboard.judging import State

    settings = load(home=home, scope=scope(private=private))
    board = scores.update(settings) if update else scores.score(settings)
    for sentence in board.skipped:
        typer.echo(f"not among them: {sentence}", err=True)
    counts = {state.value: sum(item.state is state for item in board.outcomes) for state in State}
    listed = [item for item in board.outcomes if pending or item.state is State.SCORED]
    if as_json:
        output.as_json({"as_of": board.as_of, "counts": counts, "items": to_frame(listed).to_dicts()})
        return
    output.as_table([_line(item) for item in listed], COLUMNS)
    scored = [abs(item.log_error) for item in board.outcomes if item.log_error is not None]
    typer.echo(f"as of {board.as_of}: " + ", ".join(f"{number} {state}" for state, number in counts.items()))
    if scored:
        typer.echo(f"half of the scored ones were within {math.expm1(median(scored)):.1%} of what was published later")


def _line(item: "ScoredProjection") -> dict[str, Any]:
    entry, later = item.entry, item.later
    figures = [] if entry.point is None else [f"{entry.point:.6g}"]
    if entry.low is not None or entry.high is not None:
        figures.append(f"{_end(entry.low)}..{_end(entry.high)}")
    interval = None
    if later is not None:
        interval = f"{later.middle:.6g}" if later.low == later.high else f"{later.low:.6g}..{later.high:.6g}"
    return {
        "by": entry.by,
        "series_id": entry.series_id,
        "target": entry.period.label,
        "published": entry.published,
        "years": f"{entry.horizon:.1f}",
        "said": f"{' '.join(figures)} {entry.unit}",
        "later": interval,
        "error": None if item.log_error is None else f"{math.expm1(item.log_error):+.1%}",
        "inside": None if item.inside is None else "yes" if item.inside else "no",
        "crps": None if item.crps is None else f"{item.crps:.3f}",
        "state": item.state.value,
    }


def _end(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
