import json
from datetime import UTC, datetime, timedelta

import pytest

from headroom.cli import run


@pytest.fixture
def headroom(tmp_path, capsys):
    """Run a command in a home of its own; returns what it printed as JSON."""

    def call(*words, code=0):
        assert run([*words, "--home", str(tmp_path / "var"), "--json"]) == code
        streams = capsys.readouterr()
        return json.loads(streams.out if code == 0 else streams.err)

    return call


def test_a_job_is_queued_shown_listed_and_cancelled(headroom):
    job = headroom("jobs", "run", "refresh", "--by", "ann")
    assert (job["kind"], job["state"], job["actor"], job["cause"]) == ("refresh", "queued", "ann", "request")
    shown = headroom("jobs", "show", str(job["id"]))
    assert (shown["history"], shown["log"], shown["state"]) == ([], "", "queued")
    assert headroom("jobs", "cancel", str(job["id"]), "--by", "bob")["cancelled_by"] == "bob"
    (listed,) = headroom("jobs", "list", "--state", "cancelled")["items"]
    assert listed["id"] == job["id"]
    assert headroom("jobs", "list", "--kind", "project")["items"] == []


def test_faults_of_jobs_name_what_is_allowed(headroom):
    assert "drift" in headroom("jobs", "run", "water", code=2)["remedy"]
    assert headroom("jobs", "show", "7", code=2)["code"] == "not_found"
    assert "dead" in headroom("jobs", "list", "--state", "lost", code=2)["remedy"]


def test_schedules_are_listed_set_paused_and_triggered(headroom):
    names = [item["name"] for item in headroom("schedules", "list")["items"]]
    assert names == ["drift-daily", "refresh-daily", "retrain-monthly", "score-daily"]
    (changed,) = headroom("schedules", "set", "score-daily", "--kind", "score", "--cron", "0 9 * * 1")["items"]
    assert (changed["cron"], changed["zone"], changed["catch_up"]) == ("0 9 * * 1", "UTC", "latest")
    assert headroom("schedules", "pause", "score-daily")["items"][0]["paused"] is True
    assert headroom("schedules", "resume", "score-daily")["items"][0]["paused"] is False
    assert headroom("schedules", "trigger", "score-daily", "--by", "ann")["cause"] == "trigger"
    assert headroom("schedules", "pause", "weekly", code=2)["code"] == "not_found"


def test_a_backfill_counts_what_it_queued(headroom):
    today = datetime.now(UTC).date()
    days = [str(today - timedelta(days=number)) for number in (4, 2)]
    headroom("schedules", "set", "project-daily", "--kind", "project", "--cron", "0 9 * * *")
    words = ["schedules", "backfill", "project-daily", "--from", days[0], "--to", days[1]]
    assert headroom(*words) == {"schedule": "project-daily", "queued": 3}
    assert headroom(*words)["queued"] == 0
    refusal = headroom("schedules", "backfill", "refresh-daily", *words[3:], code=2)
    assert "refresh, which cannot be done as of a past day. A source is read as it is today" in refusal["detail"]
    assert refusal["remedy"] == "allowed: retrain, project"


def test_people_read_tables(tmp_path, capsys):
    home = str(tmp_path / "var")
    assert run(["jobs", "run", "drift", "--home", home]) == 0
    assert run(["jobs", "cancel", "1", "--home", home]) == 0
    assert run(["jobs", "show", "1", "--home", home]) == 0
    assert run(["jobs", "list", "--home", home]) == 0
    assert run(["schedules", "list", "--home", home]) == 0
    text = capsys.readouterr().out
    assert "job 1 (drift) is queued\njob 1 (drift) is cancelled\n" in text
    assert "10 5 * * *" in text
