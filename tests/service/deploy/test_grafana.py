"""The dashboards of deploy/grafana: every query is asked of the service, and every metric is one it has."""

import json
import re
from itertools import product
from pathlib import Path

import pytest
import yaml

from headroom.cli import run
from headroom.start import supervised

DEPLOY = Path(__file__).parents[3] / "deploy"
DASHBOARDS = sorted((DEPLOY / "grafana" / "dashboards").glob("*.json"))
STAGE = re.compile(r"^FROM \S+ AS (\w+)\n(?:(?!^FROM).*\n)*?CMD (\[.*\])", re.MULTILINE)
"""A stage of the Dockerfile that is run, with what it runs."""
METRIC = re.compile(r"\b(?:headroom_\w+|process_\w+)\b")


def dashboard(path):
    return json.loads(path.read_text())


def targets(kind):
    """Dashboards' targets of a kind of datasource, with their variables and a name."""
    return [
        pytest.param(board["templating"]["list"], panel, target, id=f"{path.stem}: {panel['title']}")
        for path in DASHBOARDS
        for board in [dashboard(path)]
        for panel in board["panels"]
        for target in panel["targets"]
        if target["datasource"]["uid"] == kind
    ]


def address(target, values):
    """The path a target asks for with these values of its variables."""
    url = target["url"]
    for name, value in values.items():
        url = url.replace(f"${{{name}}}", value)
    assert "$" not in url
    return url


def at(document, selector):
    """What a selector finds: names separated by dots, of which one after a backslash belongs to the name (GJSON)."""
    for name in re.split(r"(?<!\\)\.", selector) if selector else []:
        document = None if document is None else document.get(name.replace("\\.", "."))
    return document


@pytest.mark.parametrize(("variables", "panel", "target"), targets("headroom"))
def test_a_query_is_answered_and_every_column_has_a_value(watched, variables, panel, target):
    answer = watched.get(address(target, {one["name"]: one["current"]["value"] for one in variables}))
    assert answer.status_code == 200, answer.text
    part = at(answer.json(), target["root_selector"])
    rows = part if isinstance(part, list) else [part]
    assert rows
    for column in target["columns"]:
        assert any(at(row, column["selector"]) is not None for row in rows), column["selector"]
    assert panel["datasource"] == target["datasource"]


@pytest.mark.parametrize(("variables", "panel", "target"), targets("headroom"))
def test_a_query_is_answered_for_every_choice(watched, variables, panel, target):
    names = [one["name"] for one in variables]
    for values in product(*(one["query"].split(",") for one in variables)):
        answer = watched.get(address(target, dict(zip(names, values, strict=True))))
        assert answer.status_code == 200, (panel["title"], values, answer.text)


@pytest.mark.parametrize(("variables", "panel", "target"), targets("prometheus"))
def test_a_panel_draws_metrics_there_are(exposed_metrics, variables, panel, target):
    assert not variables
    used = set(METRIC.findall(target["expr"]))
    assert used
    assert used <= exposed_metrics, panel["title"]


def test_every_dashboard_has_its_own_name_and_panels_of_their_own_number():
    boards = [dashboard(path) for path in DASHBOARDS]
    assert len({board["uid"] for board in boards}) == len(boards) == 3
    for board in boards:
        numbers = [panel["id"] for panel in board["panels"]]
        assert len(set(numbers)) == len(numbers)


def test_what_is_provisioned_is_what_the_dashboards_ask():
    sources = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/headroom.yaml").read_text())["datasources"]
    used = {(panel["datasource"]["uid"], panel["datasource"]["type"]) for path in DASHBOARDS
                for panel in dashboard(path)["panels"]}  # fmt: skip
    assert {(source["uid"], source["type"]) for source in sources} == used


def test_compose_mounts_what_there_is_and_names_the_servers_that_are_asked():
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    services = compose["services"]
    for service in services.values():
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            assert source in compose["volumes"] or (DEPLOY / source).exists(), mount
    scraped = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())["scrape_configs"]
    configs = [config for job in scraped for config in job["static_configs"]]
    hosts = {target.split(":")[0] for config in configs for target in config["targets"]}
    sources = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/headroom.yaml").read_text())["datasources"]
    hosts |= {re.split(r"[:/]+", source["url"])[1] for source in sources}
    assert hosts <= services.keys()


def test_compose_runs_commands_there_are_and_keeps_what_up_keeps():
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    services = compose["services"]
    stages = dict(STAGE.findall((DEPLOY.parent / "Dockerfile").read_text()))
    ours = {name: service for name, service in services.items() if "build" in service}
    commands = {}
    for name, service in ours.items():
        target = service["build"]["target"]
        assert (DEPLOY / service["build"]["context"] / "Dockerfile").exists()
        assert target in stages
        commands[name] = service.get("command") or json.loads(stages[target])
        # The parser of the command line reads each as it would be run, and stops at the help.
        assert run([*commands[name], "--help"]) == 0, commands[name]
        waited_for = service.get("depends_on", {})
        assert waited_for.keys() <= services.keys()
    assert {command[0] for command in commands.values()} >= {"serve", *supervised.COMMANDS}
    assert {service["volumes"][0] for service in ours.values()} == {"home:/srv/headroom"}, "they share one home"


def test_images_of_others_are_of_one_release():
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    images = [service["image"] for service in services.values() if "image" in service]
    assert images
    assert all(re.search(r":v?\d+\.\d+\.\d+$", image) for image in images)
