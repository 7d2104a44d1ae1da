"""Compile the hashed requirements locks, or check that they belong to pyproject.toml.

``python tools/lock.py`` recompiles; ``python tools/lock.py --check`` needs no network: it compares the digest of
pyproject's dependency tables written into each lock, and verifies that every pin carries hashes and no host.
"""

import hashlib
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Largest first: the smaller locks are compiled under its constraints, so that one version is in force everywhere.
LOCKS: dict[str, tuple[str, ...]] = {
    "dev": ("train", "s3", "mcp", "dev", "build"),
    "train": ("train",),
    "ray": ("train", "ray"),
    "s3": ("train", "s3"),
    "mcp": ("mcp",),
    "runtime": (),
    "build": ("build",),
}
GROUPS: dict[str, tuple[str, ...]] = {"dev": ("generators",)}
"""Dependency groups beside the extras. A group changes the locks that hold it and no other: an edition is named after
the hash of train.txt."""
MARK = "# pyproject dependency tables: sha256:"


def digest(name: str) -> str:
    """Sha256 of the dependency tables of pyproject.toml that a lock is compiled from."""
    document = tomllib.loads((ROOT / "pyproject.toml").read_text())
    tables = {key: document["project"][key] for key in ("requires-python", "dependencies", "optional-dependencies")}
    tables |= {group: document["dependency-groups"][group] for group in GROUPS.get(name, ())}
    return hashlib.sha256(json.dumps(tables, sort_keys=True).encode()).hexdigest()


def compile_locks() -> None:
    """Write requirements/*.txt by uv, without download hosts."""
    for name, extras in LOCKS.items():
        target = ROOT / "requirements" / f"{name}.txt"
        source = "pyproject.toml"
        command = [
            sys.executable,
            "-m",
            "uv",
            "--system-certs",
            "pip",
            "compile",
            "--quiet",
            "--universal",
            "--generate-hashes",
        ]
        command += ["--python-version", "3.11", "--no-header", "--no-emit-index-url", "--output-file", str(target)]
        command += [part for extra in extras for part in ("--extra", extra)]
        command += [part for group in GROUPS.get(name, ()) for part in ("--group", group)]
        if name != "dev":
            command += ["--constraint", "requirements/dev.txt"]
        if name == "build":
            # The bootstrap holds only the build tools, not the product.
            source = "-"
            command = [part for part in command if part not in {"--extra", "build"}]
            optional = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["build"]
            subprocess.run([*command, source], check=True, cwd=ROOT, input="\n".join(optional).encode())  # noqa: S603 - our own list
        else:
            subprocess.run([*command, source], check=True, cwd=ROOT)  # noqa: S603 - our own list
        target.write_text(f"{MARK}{digest(name)}\n# make lock\n{target.read_text()}")


def faults(name: str) -> list[str]:
    """What is wrong with one lock, as sentences."""
    path = ROOT / "requirements" / f"{name}.txt"
    if not path.exists():
        return [f"{path.name} is missing: run make lock"]
    text = path.read_text()
    fault_list = []
    if not text.startswith(f"{MARK}{digest(name)}\n"):
        fault_list.append(f"{path.name} was compiled for another pyproject.toml: run make lock")
    if "://" in text:
        fault_list.append(f"{path.name} names a download host")
    blocks = re.split(r"\n(?=[a-z0-9])", text, flags=re.IGNORECASE)
    fault_list += [
        f"{path.name}: no hash for {b.split()[0]}" for b in blocks if "==" in b.split("\n")[0] and "--hash=" not in b
    ]
    return fault_list


def main() -> int:
    """Entry point."""
    if "--check" not in sys.argv[1:]:
        compile_locks()
        return 0
    fault_list = [fault for name in LOCKS for fault in faults(name)]
    print("\n".join(fault_list) or f"{len(LOCKS)} locks belong to pyproject.toml")
    return 1 if fault_list else 0


if __name__ == "__main__":
    sys.exit(main())
