"""Sentences about cells: every count, date and value in them is that of the edition's day."""

import re
from datetime import date

import polars as pl
import pytest

from data.base.layers import DemandConcept, Layer
from data.catalogue.observations import COMPILED
from data.store.store import Store
from features.grids.load_errors import all_pairs, spread
from features.view import View
from projection.cells.cells import AT_8_BIT_ALONE, DAY_FIGURES, ORDER_BOOK_VERDICTS, VERDICTS, verdict
from projection.cells.day_figures import day_figures

TODAY = View.of(Store.shipped(), as_of=COMPILED)
WRITTEN_OUT = (
    # Units, and what a number of the answer stands for.
    r"H100e",
    r"(?:8|16)[ -]bit",
    r"1 stands for all",
    r"5th to 95th percentile",
    r"last twelve months",
    # Titles of sources and of their editions.
    r"(?:[A-Z]\w+|\w+,) 20\d\d(?: and 20\d\d)?",
    r"Form 860M",
    r"CC BY 4\.0",
)
"""What may stand in a sentence with a digit."""
NUMBER_WORDS = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
COUNTED_NOUNS = "vintages?|editions?|forecasts?|windows?|summers?|sites?|months?|rows?"


def sentences():
    all_sentences = [*VERDICTS.values(), *ORDER_BOOK_VERDICTS.values(), AT_8_BIT_ALONE]
    return {sentence for cell_status in all_sentences for sentence in cell_status.sentences}


def of(day):
    return day_figures(DAY_FIGURES, TODAY.at(day), base_year=day.year - 1)


def test_no_count_date_or_value_of_the_figures_is_written_out():
    allowed = re.compile("|".join(WRITTEN_OUT))
    literal = re.compile(rf"\d|\b(?:{NUMBER_WORDS}) (?:{COUNTED_NOUNS})\b", re.IGNORECASE)
    assert len(sentences()) > 80
    assert [sentence for sentence in sentences() if literal.search(allowed.sub("", sentence))] == []


def test_every_figure_a_sentence_names_is_told_today():
    assert of(COMPILED).keys() == DAY_FIGURES.keys()


def test_counts_are_those_of_the_figures_themselves():
    words = of(COMPILED)
    vintages = TODAY.site_vintages["vintage"]
    assert words["site_vintages"].startswith({5: "five", 6: "six"}[vintages.n_unique()])
    assert f"{vintages.max():%B %Y}" in words["site_vintages"]
    newest = TODAY.site_vintages.filter(pl.col("vintage") == vintages.max())
    assert words["tracked_sites"] == f"{newest['site'].n_unique()} tracked sites"
    assert words["peak_forecasts"] == f"{spread(all_pairs(TODAY)).pairs} forecasts"


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 2, 1), "Frontier Data Centers, one vintage to 14 December 2025 ("),
        (date(2026, 6, 1), "Frontier Data Centers, three vintages to 23 May 2026 ("),
        (date(2025, 6, 1), "Frontier Data Centers, its vintages by the day of the edition ("),
    ],
)
def test_a_source_says_what_was_known_of_it_on_an_earlier_day(day, words):
    filled = verdict("US", Layer.POWER, demand=DemandConcept.WANTED).filled(of(day))
    assert [source for source in filled.sources if words in source]


def test_what_the_day_does_not_tell_stands_in_general_words():
    cell_status = verdict("US-PJM", Layer.FIRM, demand=DemandConcept.WANTED)
    notes = cell_status.filled({"pjm_shortfall": "9.9 GW"}).notes
    assert [note for note in notes if "cleared 9.9 GW below" in note and "year of the last auction" in note]
