"""HTTP with JSON, over TLS with a client certificate."""

import json
from dataclasses import dataclass
from typing import Any

from database.errors import OperationError, Unreachable
from database.settings import KeyPair


@dataclass(frozen=True)
class Answer:
    status: int
    text: str

    def json(self) -> Any:
        try:
            return json.loads(self.text)
        except ValueError as error:
            raise OperationError(f"an answer is not JSON: {self.text[:120]!r}") from error


class Web:
    """
    A client. Nothing is asked twice by itself: callers know what may be repeated.

    `timeout` is in seconds, for connecting and for reading each.
    """

    def __init__(
        self, authority: str | None, pair: KeyPair | None, token: str | None = None, timeout: float = 5.0
    ) -> None:
        import urllib3

        options: dict[str, Any] = {}
        if authority is not None:
            options |= {"ca_certs": authority, "cert_reqs": "CERT_REQUIRED"}
        if pair is not None:
            options |= {"cert_file": pair.certificate, "key_file": pair.key}
        self._pool = urllib3.PoolManager(num_pools=32, maxsize=4, retries=False, **options)
        self._headers = {"Content-Type": "application/json"}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"
        self._timeout = timeout

    def ask(self, method: str, url: str, body: object = None, timeout: float | None = None) -> Answer:
        """
        Sends a request.

        :raises Unreachable: when no answer comes. Every status is an answer.
        """
        import urllib3

        limit = urllib3.Timeout(connect=self._timeout, read=timeout or self._timeout)
        text = None if body is None else json.dumps(body).encode()
        try:
            answer = self._pool.request(method, url, body=text, headers=self._headers, timeout=limit)
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise Unreachable(f"{url.split('/v3/')[0]} does not answer: {reason(error)}") from error
        return Answer(answer.status, answer.data.decode("utf-8", "replace"))


def reason(error: BaseException) -> str:
    """Why a connection failed, in a few words."""
    text = str(error)
    for sign, words in (
        ("Name or service not known", "its name does not resolve"),
        ("Temporary failure in name resolution", "its name does not resolve"),
        ("No address associated", "its name does not resolve"),
        ("Failed to resolve", "its name does not resolve"),
        ("Connection refused", "connection refused"),
        ("timed out", "no answer in time"),
        ("No route to host", "no route to it"),
        ("CERTIFICATE_VERIFY_FAILED", "its certificate is not accepted"),
        ("SSLV3_ALERT", "it does not accept our client certificate"),
        ("certificate required", "it wants a client certificate"),
        ("bad certificate", "it does not accept our client certificate"),
        ("No such file", "a file of our certificate is missing"),
    ):
        if sign in text:
            return words
    return " ".join(text.split())[:200]
