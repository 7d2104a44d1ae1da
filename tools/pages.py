"""Shared by tools that write a page of the documentation: writes or checks its file."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from data.base.errors import HeadroomError

DOCS = Path(__file__).resolve().parent.parent / "docs"


def write_page(description: str | None, target: Path, page: Callable[[], str], *, command: str) -> int:
    """Write a page made of what is committed alone; ``--check`` writes nothing and exits 1 where it is out of step."""
    parser = argparse.ArgumentParser(description=(description or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where the page is out of step")
    arguments = parser.parse_args()
    text = page()
    if arguments.check:
        same = target.exists() and target.read_text(encoding="utf-8") == text
        print(f"{target.name} is in step" if same else f"{target.name} is out of step: {command}")
        return 0 if same else 1
    target.write_text(text, encoding="utf-8")
    print(target.name, text.count("\n"), "lines")
    return 0


def from_home(parser: argparse.ArgumentParser, target: Path, page: Callable[[argparse.Namespace], str]) -> int:
    """Write a page read off the newest edition of a home; an error of the product is printed on stderr and exits 1."""
    parser.add_argument("--home", type=Path, default=None, help="where editions and models are kept; var by default")
    parser.add_argument("--target", type=Path, default=target)
    arguments = parser.parse_args()
    try:
        text = page(arguments)
    except HeadroomError as error:
        print(error, file=sys.stderr)
        return 1
    arguments.target.write_text(text, encoding="utf-8")
    print(arguments.target)
    return 0


def paragraph(*parts: str) -> str:
    """One paragraph of a page."""
    return " ".join(parts)
