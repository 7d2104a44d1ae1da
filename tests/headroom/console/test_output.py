"""What commands print for programs: moments in one form, texts of users untouched."""

import json
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from headroom.console import output

MOMENT = datetime(2026, 11, 23, 14, 0, 3, 775324, timezone(timedelta(hours=2)))


def test_moments_have_one_form_and_a_users_texts_their_own(capsys: pytest.CaptureFixture[str]) -> None:
    own_stamp = "2021-01-01T00:00:00.5+01:00"
    output.as_json(
        {"seen": MOMENT, "utc": MOMENT.astimezone(UTC), "day": date(2026, 11, 23), "row": {"period": own_stamp}}
    )
    document = json.loads(capsys.readouterr().out)
    assert document == {
        "seen": "2026-11-23T12:00:03Z",
        "utc": "2026-11-23T12:00:03Z",
        "day": "2026-11-23",
        "row": {"period": own_stamp},
    }


def test_tables_show_moments_alike(capsys: pytest.CaptureFixture[str]) -> None:
    output.as_table([{"seen": MOMENT}], ("seen",))
    assert capsys.readouterr().out.splitlines() == ["SEEN", "2026-11-23T12:00:03Z"]
