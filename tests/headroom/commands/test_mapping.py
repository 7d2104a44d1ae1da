"""The mapping file as a user writes it: what it takes, what it refuses, and who never sees it."""

import json
from datetime import date

import pytest
from own_series import CAPEX, FLOW, OWN_CAPEX, import_own, write_mapping
from versions import version

from data.periods.period import Frequency
from features.view import View
from headroom import cli, wiring
from headroom.settings import load
from projection.project import identify
from training.artifact.published import Published

AS_OF = date(2026, 11, 23)


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    """A home with own figures."""
    folder = tmp_path_factory.mktemp("mapping")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADROOM_HOME", str(folder / "var"))
        import_own(folder)
    return folder / "var"


@pytest.fixture
def home(imported, monkeypatch):
    """The home the settings name, whose mapping file every test writes for itself."""
    monkeypatch.setenv("HEADROOM_HOME", str(imported))
    return imported


def mapped(capsys, *options):
    capsys.readouterr()
    code = cli.run(["data", "mapping", *options])
    return code, *capsys.readouterr()


def test_the_command_shows_every_entry_with_both_units(home, capsys):
    write_mapping(home, drivers={CAPEX: "private.acme.capex"}, pue_ai="private.acme.pue")
    code, output, _ = mapped(capsys, "--json")
    items = {item["name"]: item for item in json.loads(output)["items"]}
    assert code == 0
    driver, assumption = items[CAPEX], items["pue_ai"]
    assert (driver["unit"], driver["replaced_unit"], driver["periods"]) == ("USD_million", "USD_billion", 19)
    assert (assumption["last"], assumption["value"]) == ("2025", 1.05)


def test_without_a_file_nothing_is_substituted(home, capsys):
    (home / "private" / "series.toml").unlink(missing_ok=True)
    code, output, _ = mapped(capsys)
    assert (code, "nothing is substituted" in output) == (0, True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[drivers]\n'derived.world.hyperscaler_capx' = 'private.acme.capex'", ("no driver", CAPEX)),
        ("[drivers]\npue_ai = 'private.acme.pue'", ("no driver pue_ai", "[assumptions]")),
        (f"[drivers]\n'{CAPEX}' = 'private.acme.cpex'", ("no imported series", "private.acme.capex")),
        (f"[drivers]\n'{CAPEX}' = 'amazon.capex_cash'", ("no imported series amazon.capex_cash", "private.acme.capex")),
        (f"[drivers]\n'{CAPEX}' = 'private.acme.flow'", ("private.acme.flow is in H100e", f"{CAPEX} in USD_billion")),
        (f"[drivers]\n'{CAPEX}' = 'private.acme.yearly'", ("private.acme.yearly has frequency A", f"{CAPEX} has Q")),
        (f"[drivers]\n'{CAPEX}' = 'private.acme.scarce'", ("private.acme.scarce has 1 period", "fewer than 8")),
        ("[drivers]\n'eu.electricity.generation.total.owid' = 'private.acme.yearly'", ("USD_billion", "TWh")),
        ("[assumptions]\npue_a = 'private.acme.pue'", ("no assumption pue_a", "pue_ai")),
        ("[assumptions]\ncn_vacancy = 'private.acme.vacancy'", ("is of region US", "cn_vacancy of CN")),
        ("[assumptions]\nus_vacancy = 'private.acme.flow'", ("is in H100e", "us_vacancy in ratio")),
        (
            "[assumptions]\nus_vacancy = 'private.acme.pue'",
            ("1.05 cannot be the centre of us_vacancy", "between 0 and 1"),
        ),
        ("[assumptions]\npue_ai = 1.1", ("pue_ai", "not the id of a series")),
        ("[assumption]\npue_ai = 'private.acme.pue'", ("[assumption]", "drivers, assumptions")),
        ("[drivers]\na.b = 'private.acme.pue'", ("not the id of a series", "quote")),
        ("[drivers", ("series.toml",)),
    ],
)
def test_an_entry_that_does_not_fit_exits_2_and_names_both_sides(home, capsys, text, words):
    (home / "private").mkdir(exist_ok=True)
    (home / "private" / "series.toml").write_text(text)
    code, _, err = mapped(capsys)
    assert (code, err.count("\n"), "mapping_invalid" in err) == (2, 1, True)
    assert [word for word in words if word not in err] == []


def test_a_wrong_file_stops_training_but_not_looking_at_figures(home, capsys):
    write_mapping(home, drivers={CAPEX: "private.acme.gone"})
    for command in (["train"], ["data", "gaps"], ["serve", "--port", "0"]):
        assert cli.run([*command, "--private"]) == 2
    assert cli.run(["data", "list", "--private", "--json"]) == 0
    assert cli.run(["data", "show", "private.acme.capex", "--private", "--json"]) == 0
    capsys.readouterr()


def test_public_figures_and_editions_are_the_same_with_a_mapping_file(home, tmp_path):
    published = version(tmp_path, "m-1", None)

    def edition(scope):
        settings = load(scope=scope)
        store = wiring.store(settings)
        return identify(View.of(store, as_of=AS_OF), published, seed=1, draws=10_000)

    write_mapping(home)
    public, private = edition("public"), edition("private")
    write_mapping(home, drivers={FLOW: "private.acme.flow"}, pue_ai="private.acme.pue")
    assert edition("public") == public
    changed, facts = edition("private")
    assert changed != private[0]
    assert facts["data_sha256"] != private[1]["data_sha256"]
    assert facts["substitutions"] == {
        "drivers": {FLOW: "private.acme.flow"}, "assumptions": {"pue_ai": "private.acme.pue"},
    }  # fmt: skip
    assert "substitutions" not in public[1]
    write_mapping(home, pue_ai="private.acme.pue")
    assert edition("private")[0] not in {changed, private[0]}, "an assumption alone makes another edition"


@pytest.mark.slow
def test_training_fits_the_own_series_under_the_name_of_the_driver(home, capsys):
    write_mapping(home, drivers={CAPEX: "private.acme.capex"})
    choice = ["--series", CAPEX, "--members", "naive2,drift", "--set", "workers=1"]
    capsys.readouterr()
    assert cli.run(["train", "--private", *choice, "--json"]) == 0
    name = json.loads(capsys.readouterr().out)["version"]
    published = Published.load(load(scope="private").models / name)
    assert published.manifest["substitutions"] == {"drivers": {CAPEX: "private.acme.capex"}}
    forecast = published.forecast(CAPEX)
    assert (forecast.unit, forecast.sources) == ("USD_billion", ("private.acme",))
    history = published.history(CAPEX, Frequency.QUARTER)
    assert [period.label for period in history] == list(OWN_CAPEX)
    assert list(history.values()) == pytest.approx([value / 1e3 for value in OWN_CAPEX.values()])
    assert not any(load().models.glob("*")), "nothing of it lies among what is public"
