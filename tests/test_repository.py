"""Rules of the repository: the import order, the size of a file, the locks, and no path of one machine."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("data", "features", "training", "projection", "service", "headroom")
TOP = {
    *PACKAGES, ".ci", ".dockerignore", ".gitignore", "CHANGELOG.md", "Dockerfile", "LICENSE", "MLproject", "Makefile",
    "README.md", "benchmarks", "clients", "deploy", "docs", "mlruns", "pyproject.toml", "requirements", "tests",
    "tools",
}  # fmt: skip
LINES = 500
NAME = 70
NAMES_THAT_SAY_NOTHING = {
    "asked", "drawn", "every", "found", "given", "got", "heard", "held", "kept", "known", "made", "out", "own",
    "result", "said", "seen", "taken", "thing", "told", "what", "written",
}  # fmt: skip
NAMES_OF_OTHERS = {
    "data/store/quarantine.py": {"seen"},  # a column of the database
    "projection/third_party/projections.py": {"what"},  # a key of projections.toml
    "service/api/gaps/comparisons.py": {"what"},  # a field of an answer
    # The array that is filled, as numpy calls it.
    "projection/base/philox.py": {"out"},
    "projection/cells/draw_table.py": {"out"},
    "projection/inputs/marginals.py": {"out"},
    "projection/model/cohorts.py": {"out"},
    "projection/sites/arrivals.py": {"out"},
}
"""Names that something outside the code prescribes, by file."""


def tracked() -> list[Path]:
    """Files under version control, or all but what is ignored where there is no git (a source archive)."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)  # noqa: S607 - whichever git is installed
    if listed.returncode:
        pytest.skip("not a git checkout: the list of tracked files is unknown")
    paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    return [path for path in paths if path.is_file()]


def texts(paths: list[Path]) -> dict[str, str]:
    by_file = {}
    for path in paths:
        try:
            by_file[str(path.relative_to(ROOT))] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return by_file


def code(paths: list[Path]) -> dict[str, str]:
    return {
        name: text for name, text in texts(paths).items() if name.endswith(".py") and name.split("/")[0] in PACKAGES
    }


def test_top_level_is_as_declared() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in tracked()} <= TOP


def test_no_module_is_longer_than_500_lines() -> None:
    long = {name: text.count("\n") for name, text in code(tracked()).items() if text.count("\n") > LINES}
    assert long == {}


def test_every_folder_says_what_it_is_for_and_lists_its_modules() -> None:
    folders = {
        path.parent
        for path in tracked()
        if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in PACKAGES[:4] + PACKAGES[5:]
    }
    for folder in folders - {ROOT / "data/migrations/versions"}:
        module = ast.parse((folder / "__init__.py").read_text())
        assert ast.get_docstring(module), folder
        assigned = {
            target.id: line.value
            for line in module.body
            if isinstance(line, ast.Assign)
            for target in line.targets
            if isinstance(target, ast.Name)
        }
        imported = {name.name for line in module.body if isinstance(line, ast.ImportFrom) for name in line.names}
        modules = {path.stem for path in folder.glob("*.py")} | {
            path.parent.name for path in folder.glob("*/__init__.py")
        }
        public = imported or {name for name in modules if not name.startswith("_")}
        assert sorted(ast.literal_eval(assigned["__all__"])) == sorted(public), folder


def test_packages_ship_their_types() -> None:
    assert all((ROOT / package / "py.typed").exists() for package in PACKAGES)


def test_no_path_of_one_machine_is_in_the_tree() -> None:
    # The group keeps this line from matching itself.
    machine = re.compile(r"(?<![\w.])/(?:work|home|Users|root)/\w")
    hits = [(name, match.group()) for name, text in texts(tracked()).items() if (match := machine.search(text))]
    assert hits == []


def test_no_download_host_is_in_the_locks_or_the_build() -> None:
    hosts = re.compile(r"https?://|--(?:extra-)?index-url|--find-links|--trusted-host")
    files = [
        path for path in tracked() if path.parent.name == "requirements" or path.name in {"Makefile", "Dockerfile"}
    ]
    hits = [
        (name, line)
        for name, text in texts(files).items()
        for line in text.splitlines()
        if hosts.search(line.replace("http://127.0.0.1", ""))
    ]
    assert files != []
    assert hits == []


@pytest.mark.parametrize("sign", ["pragma: no " + "cover", "TO" + "DO", "FIX" + "ME", "Not" + "ImplementedError"])
def test_no_note_for_later_and_no_uncounted_line_is_left(sign: str) -> None:
    ours = {name: text for name, text in texts(tracked()).items() if name.endswith((".py", ".js", ".sh", ".toml"))}
    assert [name for name, text in ours.items() if sign in text and name != "pyproject.toml"] == []


def test_silenced_checks_give_their_reason() -> None:
    # A reason given once in a file holds for the same code in the rest of that file.
    silenced = re.compile(
        r"#\s*(?:noqa:\s*|type:\s*ignore\[)(?P<codes>[\w-]+(?:,\s*[\w-]+)*)\]?(?P<reason>\s+(?:-|#)\s+\w)?"
    )
    bare = re.compile(r"#\s*(?:noqa(?!:)|type:\s*ignore(?!\[))")
    without = []
    for name, text in texts(tracked()).items():
        if not name.endswith(".py"):
            continue
        comments = [(match["codes"], bool(match["reason"])) for match in silenced.finditer(text)]
        without += [(name, codes) for codes, reason in comments if not reason and (codes, True) not in comments]
        without += [(name, match.group()) for match in bare.finditer(text) if name != "tests/test_repository.py"]
    assert without == []


def test_only_settings_read_the_environment() -> None:
    # children.py and processes.py hand an environment on to their children, tracking.py and ray_pool.py silence
    # libraries that listen to nothing else: none of them takes a value from it.
    allowed = {"headroom/settings.py", "headroom/children.py", "data/base/processes.py"}
    allowed |= {"training/backtest/ray_pool.py", "training/tracking/tracking.py"}
    reads = {name for name, text in code(tracked()).items() if re.search(r"\bos\.(?:environ|getenv)\b", text)}
    assert reads <= allowed


def _moves_a_file(text: str) -> bool:
    """Whether a module renames, replaces or flushes files by itself."""
    for call in ast.walk(ast.parse(text)):
        if isinstance(call, ast.Call):
            owner, _, name = ast.unparse(call.func).rpartition(".")
            # A text's replace takes two values, a day's or a record's takes names; tables rename by a dictionary.
            one = len(call.args) == 1 and not call.keywords and not isinstance(call.args[0], ast.Dict)
            if name == "fsync" or (owner in {"os", "shutil"} and name in {"rename", "renames", "replace", "move"}):
                return True
            if name in {"rename", "replace"} and one and not owner.startswith("pl."):
                return True
    return False


def test_only_the_writer_moves_files_and_only_the_home_lock_is_a_descriptor() -> None:
    modules = code(tracked())
    writers = {name for name, text in modules.items() if _moves_a_file(text)}
    assert {name.rpartition("/")[2] for name in writers} == {"artifacts.py"}
    locks = {name for name, text in modules.items() if re.search(r"^\s*(?:import|from) fcntl\b", text, re.MULTILINE)}
    assert {name.rpartition("/")[2] for name in locks} == {"homelock.py"}


def test_figures_are_passed_on_as_a_view_and_never_as_a_store() -> None:
    takes = {
        name
        for name, text in code(tracked()).items()
        if name.split("/")[0] in {"features", "training", "projection", "service"}
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.arg) and node.annotation and re.search(r"\bStore\b", ast.unparse(node.annotation))
    }
    # It is made there, and nowhere else.
    assert {name.rpartition("/")[2] for name in takes} == {"view.py"}


def test_the_service_reads_the_store_in_one_module_alone() -> None:
    served = {name: text for name, text in code(tracked()).items() if name.startswith("service/")}
    assert {name for name, text in served.items() if re.search(r"\bStore\b|data\.store\b(?!\.)", text)} == {
        "service/state.py"
    }


def test_processes_are_spawned_and_never_forked() -> None:
    forked = re.compile(
        r"""os\.fork\(|get_context\(["']fork|set_start_method|ProcessPoolExecutor\((?![^)]*mp_context)"""
    )
    assert [name for name, text in code(tracked()).items() if forked.search(text)] == []


def test_nothing_is_pickled() -> None:
    pickled = re.compile(r"^\s*(?:import|from)\s+(?:pickle|cloudpickle|joblib|dill|marshal|shelve)\b", re.MULTILINE)
    assert [name for name, text in code(tracked()).items() if pickled.search(text)] == []


def test_locks_belong_to_pyproject_name_no_host_and_hash_every_pin() -> None:
    process = subprocess.run([sys.executable, "tools/lock.py", "--check"], cwd=ROOT, capture_output=True, check=False)
    assert process.returncode == 0, process.stdout.decode()


def test_the_serving_lock_holds_no_modelling_library() -> None:
    forbidden = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][1]
    pins = re.findall(r"^([\w.-]+)==", (ROOT / "requirements/runtime.txt").read_text(), re.MULTILINE)
    assert set(pins) & set(forbidden["forbidden_modules"]) == set()


def test_no_requirement_names_the_other_package_called_headroom() -> None:
    # On PyPI "headroom" is not ours: the name is for the command, and never for something to install.
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    requirements = [
        *project["dependencies"],
        *(line for lines in project["optional-dependencies"].values() for line in lines),
    ]
    assert project["name"] == "headroom-forecast"
    assert "headroom" not in {Requirement(line).name for line in requirements}
    locks = {name: text for name, text in texts(tracked()).items() if name.startswith("requirements/")}
    assert [name for name, text in locks.items() if re.search(r"\bheadroom(?!-forecast)\b", text)] == []
    installed = re.compile(r"\binstall\b[^\n]*[\s'\"=]headroom(?:[\[=<>~!'\"`\s]|$)", re.MULTILINE)
    assert installed.search("pip inst" + "all 'headroom[ray]'")
    assert [(name, hit.group()) for name, text in texts(tracked()).items() if (hit := installed.search(text))] == []


def _lint(tree: Path) -> subprocess.CompletedProcess[bytes]:
    # Run inside the copy with -P off, so that the copy's packages are linted and not the installed ones.
    program = (
        "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports_command as c; c(['--no-cache'])"
    )
    return subprocess.run([sys.executable, "-c", program], cwd=tree, capture_output=True, check=False, timeout=600)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("victim", "line"),
    [
        pytest.param("data/periods/period.py", "import service.problems", id="nothing-imports-upward"),
        pytest.param("projection/edition/limits.py", "import mlflow", id="projection-reaches-no-modelling-library"),
        pytest.param("service/wording.py", "def late() -> None:\n    import pandas", id="not-even-inside-a-function"),
        pytest.param("training/artifact/published.py", "import statsmodels", id="not-through-another-package"),
    ],
)
def test_a_forbidden_import_breaks_the_contracts(tmp_path: Path, victim: str, line: str) -> None:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "*.csv"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    clean = _lint(tmp_path)
    assert clean.returncode == 0, clean.stdout.decode()
    with (tmp_path / victim).open("a") as file:
        file.write(f"\n\n{line}\n")
    broken = _lint(tmp_path)
    assert broken.returncode == 1
    assert "BROKEN" in broken.stdout.decode()


def _anchors(page: Path) -> set[str]:
    """Headings of a page as GitHub names them in links."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_link_between_pages_leads_to_a_file_and_a_heading() -> None:
    pages = [path for path in tracked() if path.suffix == ".md"]
    links = [(path, target) for path in pages for target in re.findall(r"\]\(([^)\s]+)", path.read_text())]
    near = [(path, *target.partition("#")[::2]) for path, target in links if "://" not in target]
    assert near
    broken = [
        f"{path.name}: {file}#{heading}"
        for path, file, heading in near
        for page in [path.parent / file if file else path]
        if not page.exists() or (heading and heading not in _anchors(page))
    ]
    assert broken == []


@pytest.mark.parametrize("page", ["architecture", "glossary"])
def test_every_path_the_pages_about_the_code_name_exists(page: str) -> None:
    text = (ROOT / "docs" / f"{page}.md").read_text()
    paths = [
        path for path in re.findall(r"`([\w.]+/[\w./]*)`", text) if path.split("/")[0] in {*PACKAGES, "tests", "tools"}
    ]
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []


def _bound(text: str) -> set[str]:
    """Every name a module binds: functions, arguments, variables, attributes, imports under another name."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.FunctionDef(name=str(name)) | ast.AsyncFunctionDef(name=str(name)):
                names.add(name)
            case ast.arg(arg=name) | ast.alias(asname=str(name)) | ast.ExceptHandler(name=str(name)):
                names.add(name)
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                names.add(name)
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                names.add(name)
    return names


def test_a_name_says_what_it_stands_for() -> None:
    python = {name: text for name, text in texts(tracked()).items() if name.endswith(".py")}
    empty = {
        path: {name for name in _bound(text) if name.strip("_") in NAMES_THAT_SAY_NOTHING}
        for path, text in python.items()
    }
    assert {path: names for path, names in empty.items() if names} == NAMES_OF_OTHERS


@pytest.mark.parametrize(
    "line",
    [
        "found = 1", "def told(): ...", "def f(given): ...", "lambda known: 1", "self.held = 1", "import a as made",
        "for every in (): ...", "[1 for _seen in ()]", "with f() as out: ...", "(result := 1)",
        "class A:\n    what: int", "try: ...\nexcept E as said: ...",
    ],
)  # fmt: skip
def test_a_name_that_says_nothing_is_seen_wherever_it_is_bound(line: str) -> None:
    assert {name.strip("_") for name in _bound(line)} & NAMES_THAT_SAY_NOTHING
    assert not _bound("f(found=told.known)") & NAMES_THAT_SAY_NOTHING


def _names_of_tests() -> set[str]:
    return {
        name
        for path, text in texts(tracked()).items()
        if path.startswith("tests/") and path.endswith(".py")
        for name in re.findall(r"^\s*(?:async )?def test_(\w+)\(", text, re.MULTILINE)
    }


def test_a_name_of_a_test_is_a_sentence_of_at_most_70_characters() -> None:
    assert {name for name in _names_of_tests() if len(name) > NAME} == set()


def test_every_test_that_a_page_names_exists() -> None:
    files = {path.stem.removeprefix("test_") for path in tracked() if path.name.startswith("test_")}
    pages = {name: text for name, text in texts(tracked()).items() if name.endswith(".md") and name != "CHANGELOG.md"}
    test_names = {name for text in pages.values() for name in re.findall(r"\btest_(\w{12,})", text)}
    assert test_names
    assert test_names - files - _names_of_tests() == set()
