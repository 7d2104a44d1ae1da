"""The page of claims is read off an edition."""

import subprocess
import sys
from pathlib import Path

from claim_editions import write_claim_edition

from headroom import cli
from projection.claims.library import shipped

ROOT = Path(__file__).resolve().parents[3]


def test_the_page_holds_every_claim_with_the_verdict_of_its_edition(tmp_path):
    edition = write_claim_edition(tmp_path / "editions")
    assert cli.run(["editions", "adopt", edition.id, "--home", str(tmp_path)]) == 0
    target = tmp_path / "claims.md"
    command = [sys.executable, str(ROOT / "tools" / "write_claims_page.py"), "--home", str(tmp_path)]
    done = subprocess.run([*command, "--target", str(target)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    text = target.read_text()
    assert f"`{edition.id}`" in text
    verdicts = {claim["id"]: claim["verdict"] for claim in edition.document("claims.json")["claims"]}
    for name, claim in shipped().items():
        assert f"[{claim.sentence}](#{name}) | **{verdicts[name]}**" in text
        assert f"### {name}\n" in text
