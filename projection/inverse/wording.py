"""Answers of inverse questions in words."""

from collections.abc import Iterator

from projection.edition.differences import NOT_AFFECTED
from projection.inverse.answers import Solution, Status
from projection.inverse.outcomes import Target
from projection.inverse.published import PublishedNumber
from projection.inverse.requirements import Requirement, Requirements
from projection.scenarios.levers import levers


def of_solution(target: Target, solution: Solution) -> str:
    """What one lever takes."""
    measure = target.words()
    level, start = target.level_words(target.level), target.level_words(solution.start)
    change = f"{measure} from {target.level_words(solution.start, unit=False)} to {level}"
    tested = f"{solution.least:g} to {solution.most:g}"
    turns = "" if solution.monotone else " It does not go one way over that range: settings were scanned."
    match solution.status:
        case Status.MET:
            return f"{_capital(measure)} is {start}: for {level} no change of {solution.lever} is needed."
        case Status.NOT_AFFECTED:
            return f"{solution.lever} {NOT_AFFECTED}: {measure} stays {start}."
        case Status.NOT_REACHABLE:
            best = _number(solution.best_setting or 0.0)
            outcome = target.level_words(solution.best_outcome or 0.0)
            return (
                f"No setting of {solution.lever} within the tested range ({tested}) brings {change}; "
                f"the best, {best}, brings it to {outcome}.{turns}"
            )
        case Status.REACHED:
            would = levers()[solution.lever].would.format(setting=_number(solution.setting or 0.0))
            return f"To bring {change}, {would} (tested: {tested}).{turns}"


def of_point(lever: str, setting: float, solution: Solution) -> str:
    """What the second lever of a frontier takes beside a setting of the first."""
    return f"With {lever} at {_number(setting)}: {solution.sentence}"


def of_requirements(number: PublishedNumber, answer: Requirements) -> Iterator[str]:
    """What would have to be true for a number, and how likely we hold that."""
    ours, theirs = number.ours, f"{_number(number.value)} {number.ours.unit}"
    position = f"{100 * number.position:.0f} in 100 draws are not above theirs"
    yield (
        f"{number.publisher}: {number.says}, {ours.year}: {theirs}{' by conversion' if number.converted else ''}. "
        f"Ours ({ours.title}): {_number(answer.ours)} at the median; {position}."
    )
    if answer.alone:
        yield "For their number to be our median, one of these would have to be true, all else as it is drawn:"
        yield from map(_required, answer.alone)
        return
    yield "No single assumption within its band gives their number. Nearest within it:"
    for one in answer.nearest:
        yield f"{_required(one)} That makes ours {_number(one.median)} {ours.unit}."


def _required(requirement: Requirement) -> str:
    values = ", ".join(
        f"{one.assumption} {_number(one.value)} instead of {_number(one.middle)} ({one.unit})"
        for one in requirement.moved
    )
    return (
        f"{values}: percentile {100 * requirement.percentile:.0f} of its draws, "
        f"{100 * requirement.chance:.1f} in 100 are that far out."
    )


def _number(value: float) -> str:
    return f"{float(f'{value:.3g}'):,.10g}"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
