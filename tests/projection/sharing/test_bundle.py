"""Bundles: the same bytes whenever they are made, and nothing unverified is ever unpacked."""

import hashlib
import io
import subprocess
import tarfile
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from drawn_cells import drawn_cells, writer_of

from data.base.errors import ArtifactCorrupt
from data.base.layers import Layer
from data.store.recalls import Recall
from projection.base.timeline import Timeline
from projection.cells.paths import Paths
from projection.edition.edition import Edition
from projection.edition.publish import write
from projection.sharing.bundle import SUMS, export, unpack

ISSUED = datetime(2026, 11, 23, 9, 0, 3, tzinfo=UTC)
RECALL = Recall(ISSUED, "wrong", "ann", None)


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    timeline = Timeline(2025)
    paths = Paths(wanted=np.ones((8, len(timeline.quarters)), np.float32))
    facts = {"data_as_of": "2026-11-22", "model_version": "m-1", "scenarios": ["base"]}
    scenarios = [("base", drawn_cells({("EU", Layer.POWER): paths}, {}, timeline))]
    folder = tmp_path_factory.mktemp("editions")
    return write(folder, edition_id="e-1", issued=ISSUED, facts=facts, scenario_files=writer_of(scenarios))


@pytest.fixture
def bundle(edition, tmp_path):
    export(edition, tmp_path / "e-1.tar")
    return tmp_path / "e-1.tar"


def test_two_exports_are_the_same_bytes_whatever_came_after(edition, bundle, tmp_path):
    digest = export(replace(edition, recalled=RECALL), tmp_path / "again.tar")
    assert (tmp_path / "again.tar").read_bytes() == bundle.read_bytes()
    assert digest == hashlib.sha256(bundle.read_bytes()).hexdigest()


def test_a_bundle_can_be_checked_without_headroom(bundle, tmp_path):
    subprocess.run(["tar", "-xf", bundle, "-C", tmp_path], check=True)  # noqa: S607 - whichever is installed
    subprocess.run(["sha256sum", "--strict", "-c", SUMS], cwd=tmp_path, check=True)  # noqa: S607 - as above
    assert (tmp_path / "CITATION.cff").read_text().startswith("cff-version: 1.2.0\n")


def test_an_unpacked_edition_is_the_one_exported(edition, bundle, tmp_path):
    assert unpack(bundle, tmp_path / "home") == "e-1"
    copy = Edition.load(tmp_path / "home" / "e-1")
    assert copy.manifest_sha256 == edition.manifest_sha256
    assert export(copy, tmp_path / "copy.tar") == export(edition, tmp_path / "original.tar")
    assert unpack(bundle, tmp_path / "home") == "e-1"


def repacked(bundle, change):
    """The members of a bundle by name, after a change, in a bundle of their own."""
    with tarfile.open(bundle) as archive:
        members = {member.name: archive.extractfile(member).read() for member in archive}
    change(members)
    with tarfile.open(bundle, "w") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return bundle


def other_bytes(members):
    members["e-1/cells.json"] += b" "


def missing_file(members):
    del members["e-1/cells.json"]


def further_file(members):
    members["e-1/more"] = b""


def no_hashes(members):
    del members[SUMS]


def renamed(members, name):
    content = members["e-1/cells.json"]
    members[name] = content
    members[SUMS] += f"{hashlib.sha256(content).hexdigest()}  {name}\n".encode()


def outside(members):
    renamed(members, "e-1/../../outside")


def second_folder(members):
    renamed(members, "e-2/cells.json")


def absolute(members):
    renamed(members, "/outside")


def both_changed(members):
    members["e-1/cells.json"] = b"{}"
    lines = [line for line in members[SUMS].decode().splitlines() if not line.endswith("e-1/cells.json")]
    lines.append(f"{hashlib.sha256(b'{}').hexdigest()}  e-1/cells.json")
    members[SUMS] = "\n".join(lines).encode()


CHANGES = [
    other_bytes,
    missing_file,
    further_file,
    no_hashes,
    outside,
    second_folder,
    absolute,
    both_changed,
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_bundle_that_was_changed_is_refused_and_nothing_is_left(bundle, tmp_path, change):
    with pytest.raises(ArtifactCorrupt):
        unpack(repacked(bundle, change), tmp_path / "home")
    assert not list((tmp_path / "home").glob("*"))
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize("content", [b"", b"no archive"])
def test_a_file_that_is_no_bundle_is_refused(tmp_path, content):
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(ArtifactCorrupt):
        unpack(tmp_path / "file", tmp_path / "home")
