"""Masks the secrets of the settings wherever this process prints or stores an error.

The settings register their secrets when they are loaded (:func:`protect`). From then on they are masked in every error
of the error tree (and so in problem documents, reports and stored errors), in log lines with their tracebacks, and in
what the command line prints of an unexpected error. No other code has to mask anything.
"""

import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus, unquote

HIDDEN = "***"
WITHIN = 8
"""Characters from which a secret is masked also within a word: a shorter one may be part of common words."""
LEAST = 4
"""Characters below which a secret is masked as part of an address only."""

HARMLESS = frozenset(
    {"sslmode", "connect_timeout", "application_name", "target_session_attrs", "timeout", "host", "port"}
)
"""Parameters of a database's address whose values are words that messages need."""

_password = re.compile(r"(?<=://)([^\s/?#@:'\"]*:)?[^\s/?#'\"]+@")
"""What an address says before its host: a password, or the whole of who asks where there is none (a token)."""
_folders = re.compile(r"(?<![\w:/.}>])/(?!(?:v1|problems|docs)/)(?:[^\s/'\"<>{}?#,;:()]+/)+(?=[^\s/'\"])")
"""The folders of an absolute path of the file system, before its last name."""
_key = re.compile(r"\b(hdr_[0-9a-f]{8}_)[A-Za-z0-9_-]{43}")
"""A key of the service, whose beginning says which it is."""
_patterns: list[re.Pattern[str]] = []


def protect(secrets: Iterable[str]) -> None:
    """Mask these from now on, in place of those named before: as they are, quoted for a URL, escaped for JSON."""
    forms = {form for secret in secrets for form in _forms(secret) if len(form) >= LEAST}
    anywhere = sorted((re.escape(form) for form in forms if len(form) >= WITHIN), key=len, reverse=True)
    words = sorted((re.escape(form) for form in forms if len(form) < WITHIN), key=len, reverse=True)
    _patterns.clear()
    if anywhere:
        _patterns.append(re.compile("|".join(anywhere)))
    if words:
        _patterns.append(re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(words)})(?![A-Za-z0-9])"))


def redacted(text: str) -> str:
    """The text without the secrets, and without the password of any address; its user and its host stay readable."""
    for pattern in _patterns:
        text = pattern.sub(HIDDEN, text)
    text = _key.sub(rf"\1{HIDDEN}", text)
    return _password.sub(rf"\1{HIDDEN}@", text) if "://" in text else text


def without_folders(text: str) -> str:
    """The text with paths of files shortened to their last name; paths of the service itself stay.

    >>> without_folders("/srv/var/editions/e-1/draws.npz differs: see /v1/editions and https://a.example/b/c")
    'draws.npz differs: see /v1/editions and https://a.example/b/c'
    """
    return _folders.sub("", text)


def of_address(address: str) -> set[str]:
    """What is secret in an address: its password, or the whole of who asks where there is none, and its parameters.

    A password that is the name of its user is left out: as part of an address it is masked all the same, and elsewhere
    it may be a word that messages need, as in ``postgresql://headroom:headroom@db``.
    """
    rest = address.partition("://")[2] or address
    before, _, query = rest.partition("?")
    user, colon, password = (before.rpartition("@")[0] or rest.rpartition("@")[0]).partition(":")
    parts = query.partition("#")[0].split("&")
    values = {part.partition("=")[2] for part in parts if part.partition("=")[0] not in HARMLESS}
    return ({password if colon else user} | values) - {"", user if colon else ""}


def _forms(secret: str) -> set[str]:
    texts = {secret, unquote(secret)}
    forms = {form for text in texts for form in (text, quote(text), quote(text, safe=""), quote_plus(text))}
    forms |= {json.dumps(text, ensure_ascii=escaped)[1:-1] for text in texts for escaped in (True, False)}
    return forms | {repr(text)[1:-1] for text in texts}
