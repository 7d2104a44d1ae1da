"""The rules of deploy/prometheus: read by Prometheus's own tool, and of metrics that the service has."""

import re
import subprocess
from pathlib import Path
from shutil import which

import pytest
import yaml

FOLDER = Path(__file__).parents[3] / "deploy" / "prometheus"
OF_PROMETHEUS = {"up"}
"""Metrics that Prometheus makes itself."""


def names(expression):
    """Names of metrics in a PromQL expression.

    >>> sorted(names('sum by (le) (rate(headroom_a_bucket{status=~"5.."}[5m])) > 1'))
    ['headroom_a_bucket']
    """
    return set(re.findall(r"\b(?:headroom_\w+|process_\w+|up)\b", expression))


def rules():
    groups = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


@pytest.mark.parametrize("arguments", [("check", "config", "prometheus.yml"), ("test", "rules", "alerts_test.yml")])
def test_promtool_accepts_the_rules_and_they_fire_when_they_should(arguments):
    promtool = which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed: apt-get install prometheus")
    outcome = subprocess.run([promtool, *arguments], cwd=FOLDER, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def test_every_rule_speaks_of_metrics_there_are(exposed_metrics):
    for rule in rules():
        used = names(rule["expr"])
        assert used, rule["alert"]
        assert used - OF_PROMETHEUS <= exposed_metrics, rule["alert"]


def test_every_rule_has_a_case_a_severity_and_a_remedy():
    cases = yaml.safe_load((FOLDER / "alerts_test.yml").read_text())["tests"]
    fired = {test["alertname"] for case in cases for test in case["alert_rule_test"] if test.get("exp_alerts")}
    assert {rule["alert"] for rule in rules()} == fired
    for rule in rules():
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert set(rule["annotations"]) == {"summary", "remedy"}
