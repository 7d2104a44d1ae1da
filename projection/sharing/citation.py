"""How an edition is cited: in words, for BibTeX, and as a Citation File Format document (CFF 1.2.0)."""

import json
from dataclasses import dataclass

from projection.edition.edition import Edition

PUBLISHER = "Headroom"
TITLE = "Demand, deliverable supply and the gap of data centers"


@dataclass(frozen=True, slots=True)
class Citation:
    """One edition, cited.

    Attributes:
        text: in words.
        bibtex: an entry of BibTeX.
        cff: a document of the Citation File Format, in YAML.
        permalink: where the edition is; without a public address of the service, the path alone.
    """

    text: str
    bibtex: str
    cff: str
    permalink: str


def citation(edition: Edition, *, address: str = "") -> Citation:
    """How to cite an edition; one that was recalled says so in each form.

    Args:
        edition: the one cited.
        address: where the service is reached from outside, without a slash at its end; blank where that is not known.
    """
    permalink = f"{address}/v1/editions/{edition.id}"
    return Citation(_text(edition, permalink), _bibtex(edition, permalink), _cff(edition, permalink), permalink)


def _basis(edition: Edition) -> str:
    return f"figures known on {edition.data_as_of}, model {edition.model_version}"


def _recall(edition: Edition) -> str:
    if edition.recalled is None:
        return ""
    successor = f", {edition.recalled.successor} stands instead" if edition.recalled.successor else ""
    return f"recalled on {edition.recalled.at:%Y-%m-%d}{successor}: {edition.recalled.reason.rstrip('.')}"


def _text(edition: Edition, permalink: str) -> str:
    recall = _recall(edition)
    sentences = [
        f"{PUBLISHER} ({edition.issued.year})",
        f"{TITLE}, edition {edition.id} ({_basis(edition)})",
        f"Issued {edition.issued:%Y-%m-%d}",
        *([recall[0].upper() + recall[1:]] if recall else []),
    ]
    return f"{'. '.join(sentences)}. {permalink}, manifest SHA-256 {edition.manifest_sha256}."


def _bibtex(edition: Edition, permalink: str) -> str:
    note = "; ".join(filter(None, (_basis(edition), f"manifest SHA-256 {edition.manifest_sha256}", _recall(edition))))
    fields = {
        "author": f"{{{PUBLISHER}}}",
        "title": f"{{{TITLE}, edition {edition.id}}}",
        "year": f"{edition.issued.year}",
        "month": f"{edition.issued.month}",
        "version": edition.id,
        "howpublished": permalink,
        "note": note,
    }
    lines = [f"  {name:<12} = {{{_escaped(value)}}}," for name, value in fields.items()]
    return "\n".join([f"@misc{{{edition.id},", *lines, "}"]) + "\n"


def _escaped(text: str) -> str:
    """Text without what TeX would read as a command; the braces that keep capitals stay."""
    return "".join(f"\\{letter}" if letter in "#$%&_" else letter for letter in text.replace("\\", "/"))


def _cff(edition: Edition, permalink: str) -> str:
    """YAML, whose variable values are JSON strings: YAML reads those as they stand."""
    recall = _recall(edition)
    lines = [
        "cff-version: 1.2.0",
        "message: To cite this edition, use what stands here.",
        "type: dataset",
        f"title: {json.dumps(f'{TITLE}, edition {edition.id}')}",
        "authors:",
        f"  - name: {json.dumps(PUBLISHER)}",
        f"version: {json.dumps(edition.id)}",
        f"date-released: {json.dumps(f'{edition.issued:%Y-%m-%d}')}",
        f"abstract: {json.dumps('; '.join(filter(None, (_basis(edition), recall))))}",
        "identifiers:",
        "  - type: other",
        f"    value: {json.dumps(f'sha256:{edition.manifest_sha256}')}",
        "    description: hash of the manifest",
    ]
    if not permalink.startswith("/"):
        lines.append(f"url: {json.dumps(permalink)}")
    return "\n".join(lines) + "\n"
