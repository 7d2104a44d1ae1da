"""The only place that opens a connection to a source: one request in, one whole answer out.

Retried: no connection, silence, HTTP 429, passing server errors and bodies that end early. The wait between attempts
doubles with jitter ("Exponential Backoff And Jitter", AWS Architecture Blog, 2015), unless the source says how long
(``Retry-After``, RFC 9110 section 10.2.3). Conditional requests follow RFC 9110 section 13.
"""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from secrets import SystemRandom
from types import TracebackType
from typing import Final, Self
from urllib.parse import parse_qsl, quote, quote_plus, urlencode, urlsplit

import httpx2

from data.base.errors import (
    InvalidParameter,
    PayloadTooLarge,
    PayloadTruncated,
    SourceChanged,
    SourceError,
    SourceRefused,
    SourceUnreachable,
)
from data.base.redaction import HIDDEN
from data.connectors.bodies import Inflater, examine
from data.connectors.payload import Payload, Request
from data.connectors.proxy import LOOPBACK, NO_PROXY, Proxy

PASSING: Final = frozenset({429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
"""Statuses worth another attempt; 520 to 524 are what a content network says when its origin fails."""
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
HOPS: Final = 5
WAIT_FIRST: Final = 1.0
WAIT_MOST: Final = 30.0


@dataclass(frozen=True, slots=True)
class Validators:
    """What the source gave with the answer we hold, for asking whether it changed."""

    etag: str | None = None
    last_modified: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        """Headers of the conditional request; empty when there is nothing to compare with."""
        values = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in values.items() if value}


@dataclass(frozen=True, slots=True)
class NotModified:
    """The source has nothing newer than what the validators stand for."""

    request: Request
    retrieved: datetime


class _Passing(Exception):  # noqa: N818 - it never leaves this file: it carries an error that another attempt may cure
    """An attempt failed in a way that another one may cure."""

    def __init__(self, error: SourceError, *, wait: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.wait = wait


class _Transport(httpx2.BaseTransport):
    """Picks the way and attaches secrets on the last step: log lines and errors of the client never hold them."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy
        self._direct = httpx2.HTTPTransport()
        self._proxied = httpx2.HTTPTransport(proxy=proxy.url) if proxy.url else self._direct

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        way = self._proxied if self._proxy.serves(request.url.host, request.url.port) else self._direct
        original: Request | None = request.extensions.get("secrets")
        if original is None or not (original.secrets or original.secret_headers):
            return way.handle_request(request)
        headers = request.headers.copy()
        headers.update(original.secret_headers)
        return way.handle_request(
            httpx2.Request(
                request.method,
                request.url.copy_merge_params(dict(original.secrets)),
                headers=headers,
                extensions={name: value for name, value in request.extensions.items() if name != "secrets"},
            )
        )

    def close(self) -> None:
        self._direct.close()
        self._proxied.close()


def _now() -> datetime:
    return datetime.now(UTC)


class Fetcher:
    """A client of public sources; use as a context manager, one for each thread.

    Args:
        timeout: seconds of silence (connecting, or between two pieces of a body) after which an attempt is given up.
        deadline: seconds one whole attempt may take, however steadily its body drips.
        attempts: how often one request is tried, at least once.
        limit: bytes of a body after decoding; more is :class:`PayloadTooLarge`.
        longest_wait: seconds; a source that asks for more patience than this is given up with the time it named.
        mirror: where every ``https://HOST/PATH`` is asked as ``MIRROR/HOST/PATH`` instead, https or on loopback. It
            sees the keys of the sources asked through it.
        proxy: the proxy that sources are asked through; none is taken from the environment here.
        user_agent: who asks.
        sleep: how to wait, and ``clock``: the time now, UTC; tests give their own.

    Raises :class:`InvalidParameter` on a setting outside what is allowed.
    """

    def __init__(
        self,
        *,
        timeout: float = 30.0,
        deadline: float = 600.0,
        attempts: int = 4,
        limit: int = 256 * 1024 * 1024,
        longest_wait: float = 120.0,
        mirror: str | None = None,
        proxy: Proxy = NO_PROXY,
        user_agent: str = "headroom",
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        if attempts < 1:
            raise InvalidParameter("attempts", f"{attempts} is less than one attempt")
        self._mirror = _checked_mirror(mirror) if mirror else None
        self._deadline = deadline
        self._attempts = attempts
        self._limit = limit
        self._longest_wait = longest_wait
        self._sleep = sleep
        self._clock = clock
        self._random = SystemRandom()
        self._proxy = proxy
        self._client = httpx2.Client(
            transport=_Transport(proxy),
            timeout=timeout,
            follow_redirects=False,
            headers={"User-Agent": user_agent, "Accept-Encoding": "gzip"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of all connections."""
        self._client.close()

    def address(self, request: Request) -> str:
        """Where a request is really sent, for messages: at the mirror if there is one; never a secret."""
        if self._mirror is None:
            return request.key
        parts = urlsplit(self._mirror)
        mirror = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        return f"{mirror}/{request.key.removeprefix('https://')}"

    def get(self, request: Request, *, validators: Validators | None = None) -> Payload | NotModified:
        """The answer to a request, whole and of the form it asks for, or that nothing changed since ``validators``.

        Raises :class:`SourceUnreachable` after all attempts, :class:`SourceRefused` at once on a refusal,
        :class:`SourceChanged` when the body is of another form, :class:`PayloadTruncated` when it stays incomplete, and
        :class:`PayloadTooLarge`. No error, log line or repr holds a secret.
        """
        if urlsplit(request.url).scheme != "https":
            raise InvalidParameter("url", f"{request.url} is not an https address")
        for attempt in range(1, self._attempts + 1):
            try:
                return self._attempt(request, validators or Validators())
            except _Passing as passing:
                if attempt == self._attempts:
                    raise passing.error from None
                self._sleep(self._backoff(attempt) if passing.wait is None else passing.wait)
        raise AssertionError(attempt)

    def _backoff(self, attempt: int) -> float:
        longest = min(WAIT_MOST, WAIT_FIRST * 2.0 ** (attempt - 1))
        return self._random.uniform(longest / 2, longest)

    def _attempt(self, request: Request, validators: Validators) -> Payload | NotModified:
        ends = time.monotonic() + self._deadline
        with contextlib.ExitStack() as stack:
            try:
                response = self._follow(request, validators, stack)
            except httpx2.LocalProtocolError as error:
                raise SourceUnreachable(self.address(request), _clean(str(error), request)) from None
            except httpx2.RequestError as error:
                raise _Passing(SourceUnreachable(self.address(request), self._fault(error, request))) from None
            if response.status_code == HTTPStatus.NOT_MODIFIED and validators.headers:
                return NotModified(request, self._clock())
            if response.status_code in PASSING:
                status = response.status_code
                raise _Passing(
                    SourceUnreachable(self.address(request), f"HTTP {status} in {self._attempts} attempts"),
                    wait=self._asked_wait(request, response),
                )
            if response.status_code != HTTPStatus.OK:
                raise SourceRefused(self.address(request), response.status_code)
            body = self._body(request, response, ends)
            retrieved = self._clock()
        try:
            examine(body, request)
        except PayloadTruncated as error:
            raise _Passing(PayloadTruncated(self.address(request), error.reason)) from None
        except SourceChanged as error:
            raise SourceChanged(self.address(request), _clean(error.reason, request)) from None
        return Payload(
            request=request,
            body=body,
            retrieved=retrieved,
            content_type=response.headers.get("Content-Type", ""),
            etag=response.headers.get("ETag"),
            last_modified=response.headers.get("Last-Modified"),
        )

    def _follow(self, request: Request, validators: Validators, stack: contextlib.ExitStack) -> httpx2.Response:
        """The first answer that is not a redirection."""
        address = httpx2.URL(request.url).copy_merge_params(dict(request.parameters))
        for _ in range(HOPS + 1):
            home = address.host == httpx2.URL(request.url).host
            outgoing = self._client.build_request(
                "GET",
                self._place(address),
                headers={**request.headers, **validators.headers},
                extensions={**({"secrets": request} if home else {})},
            )
            response = self._client.send(outgoing, stream=True)
            stack.callback(response.close)
            self._client.cookies.clear()
            if response.status_code not in REDIRECTS or "Location" not in response.headers:
                return response
            address = self._next(address, response.headers["Location"], request)
        raise SourceChanged(self.address(request), f"is redirected more than {HOPS} times")

    def _place(self, address: httpx2.URL) -> httpx2.URL:
        if self._mirror is None:
            return address
        return httpx2.URL(f"{self._mirror}/{address.netloc.decode('ascii')}{address.raw_path.decode('ascii')}")

    def _next(self, address: httpx2.URL, location: str, request: Request) -> httpx2.URL:
        """Where a redirection leads, without the secrets a source may repeat in it."""
        if self._mirror is not None and location.startswith(f"{self._mirror}/"):
            location = f"https://{location.removeprefix(f'{self._mirror}/')}"
        try:
            target = address.join(location)
        except httpx2.InvalidURL:
            raise SourceChanged(self.address(request), "is redirected to an address that cannot be read") from None
        usable = [
            (name, value)
            for name, value in parse_qsl(target.query.decode("ascii"), keep_blank_values=True)
            if name not in request.secrets and value not in request.secrets.values()
        ]
        target = target.copy_with(query=urlencode(usable).encode("ascii") or None, fragment=None, userinfo=b"")
        if target.scheme != "https" or not target.host:
            raise SourceChanged(
                self.address(request), f"is redirected to {_clean(str(target), request)}, which is not https"
            )
        return target

    def _asked_wait(self, request: Request, response: httpx2.Response) -> float | None:
        """Seconds the source asks to wait; None when it does not say. Raises when that is too long to wait for."""
        stated = response.headers.get("Retry-After", "").strip()
        if not stated:
            return None
        if stated.isdecimal():
            wait = float(stated)
        else:
            try:
                moment = parsedate_to_datetime(stated)
            except ValueError:
                return None
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            wait = max(0.0, (moment - self._clock()).total_seconds())
        if wait <= self._longest_wait:
            return wait
        back = (self._clock() + timedelta(seconds=min(wait, timedelta(days=366).total_seconds()))).astimezone(UTC)
        raise SourceUnreachable(
            self.address(request), f"HTTP {response.status_code}; asks to come back after {back:%Y-%m-%d %H:%M} UTC"
        )

    def _fault(self, error: httpx2.RequestError, request: Request) -> str:
        """What happened to a request, and through which proxy."""
        silent = isinstance(error, httpx2.TimeoutException)
        words = "no answer in time" if silent else _clean(str(error), request) or type(error).__name__
        place = urlsplit(self.address(request))
        return f"{words}, {self._proxy}" if self._proxy.serves(place.hostname or "", place.port) else words

    def _body(self, request: Request, response: httpx2.Response, ends: float) -> bytes:
        """The whole body, decoded."""
        encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding not in {"identity", "gzip", "x-gzip", ""}:
            raise SourceChanged(
                self.address(request), f"is encoded as {_clean(encoding, request)}, which was not asked for"
            )
        inflater = Inflater(compressed="gzip" in encoding, limit=self._limit)
        try:
            for chunk in _until(response.iter_raw(), ends):
                if not inflater.take(chunk):
                    raise PayloadTooLarge(self.address(request), self._limit)
            return inflater.body()
        except httpx2.TimeoutException as error:
            raise _Passing(SourceUnreachable(self.address(request), self._fault(error, request))) from None
        except TimeoutError:
            reason = f"the body was not there after {self._deadline:g} s"
            raise _Passing(SourceUnreachable(self.address(request), reason)) from None
        except (httpx2.RequestError, EOFError) as error:
            raise _Passing(PayloadTruncated(self.address(request), _clean(str(error), request))) from None


def _until(chunks: Iterator[bytes], ends: float) -> Iterator[bytes]:
    for chunk in chunks:
        if time.monotonic() > ends:
            raise TimeoutError
        yield chunk


def _clean(text: str, request: Request) -> str:
    """Text of others without the secrets of the request, however they were quoted."""
    for secret in [*request.secrets.values(), *request.secret_headers.values()]:
        for form in {secret, quote(secret), quote(secret, safe=""), quote_plus(secret)} - {""}:
            text = text.replace(form, HIDDEN)
    return text


def _checked_mirror(mirror: str) -> str:
    parts = urlsplit(mirror)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK):
        return mirror.rstrip("/")
    raise InvalidParameter("mirror", f"{mirror} is neither https nor http on loopback")
