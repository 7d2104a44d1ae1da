from importlib import resources

import pytest

from data.base.errors import TableCorrupt
from projection.cells.cells import FILE, parse

TEXT = (resources.files("projection.cells") / FILE).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ('status = "available"', 'status = "availible"', "status"),
        ('confidence = "weak"', 'trust = "weak"', "trust"),
        ('regions = ["EU"]', 'regions = ["EUROPE"]', "unknown regions ['EUROPE']"),
        ('notes = ["readings", ', 'notes = ["raedings", ', "no sentence has the key 'raedings'"),
        ('layers = ["power"]', 'layers = ["power", "power"]', "is stated twice"),
        ("[notes]", "[notes", FILE),
        ("{site_vintages}", "{site_vintage}", "site_vintage, site_vintages"),
        ("site_vintages = {", "site_vintages = { series = ['a'], unit = 'GW', form = '{last}',", "site_vintages"),
        ("{value} GW added by {last}", "{valu} GW added by {last}", "no field of a form: valu"),
        ('form = "{path} a year"', 'form = "much"', "belong together"),
    ],
)
def test_a_slip_in_the_table_of_cells_is_refused_in_words(before, after, words):
    assert before in TEXT
    with pytest.raises(TableCorrupt) as caught:
        parse(TEXT.replace(before, after, 1))
    assert words in str(caught.value)
