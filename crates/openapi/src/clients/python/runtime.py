"""What all methods of the client share: URLs, bodies, responses and retries."""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import datetime
import email.message
import email.utils
import json
import random
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from typing import Any, Dict, List, Optional, Sequence, Tuple

# The longest delay before a retry, in seconds. A response that asks for more is an error.
LONGEST_WAIT = 60.0

# The value of an argument that was not passed.
UNSET: Any = object()


class ApiError(Exception):
    """Raised for every response without success."""

    def __init__(self, status: int, problem: Any, body: str, request_id: Optional[str]) -> None:
        details = problem if isinstance(problem, dict) else {}
        super().__init__(details.get("detail") or details.get("title") or "the API responded with {}".format(status))
        self.status = status
        #: The body of the response if it is JSON (RFC 9457).
        self.problem = problem
        self.body = body
        #: Id of the request. Send it to the provider if you need help.
        self.request_id = request_id


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects to another host without the key."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        new = super().redirect_request(req, fp, code, msg, headers, newurl)
        if new is not None and urllib.parse.urlsplit(new.full_url)[:2] != urllib.parse.urlsplit(req.full_url)[:2]:
            new.remove_header("Authorization")
        return new


class BaseClient:
    _BASE_URL = ""

    def __init__(
        self, key: Optional[str] = None, *, base_url: Optional[str] = None, timeout: float = 30.0, retries: int = 2
    ) -> None:
        self._key = key
        self._base_url = (base_url or self._BASE_URL).rstrip("/")
        self._timeout = timeout
        self._retries = retries
        self._opener = urllib.request.build_opener(_Redirects)

    def _call(
        self,
        method: str,
        template: str,
        *,
        path: Any = (),
        query: Any = (),
        headers: Any = (),
        body: Any = None,
        accept: str = "",
        idempotency_key: Optional[str] = None,
        timeout: Optional[float] = None,
    ) -> Any:
        url = self._base_url + _address(template, path, query)
        sent: Dict[str, str] = {"Accept": accept} if accept else {}
        for parameter in headers:
            if parameter[4] is not None:
                sent[parameter[0]] = _in_header(parameter)
        if self._key:
            sent["Authorization"] = "Bearer " + self._key
        if idempotency_key is not None:
            sent["Idempotency-Key"] = idempotency_key
        data = None
        if body is not None and body[2] is not UNSET:
            data, sent["Content-Type"] = _encoded(*body)
        is_repeatable = method not in ("POST", "PATCH") or idempotency_key is not None

        attempt = 0
        while True:
            request = urllib.request.Request(url, data=data, headers=sent, method=method)
            try:
                with self._opener.open(request, timeout=self._timeout if timeout is None else timeout) as response:
                    return _read(response.headers, response.read())
            except urllib.error.HTTPError as error:
                with error:
                    content = error.read()
                may_repeat = error.code == 429 or (error.code == 503 and is_repeatable)
                wait = _wait_after(error.headers, attempt) if may_repeat else None
                if wait is None or wait > LONGEST_WAIT or attempt >= self._retries:
                    raise _error(error.code, error.headers, content) from None
            time.sleep(wait)
            attempt += 1


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    if isinstance(value, (dict, list, tuple)):
        return _json(value)
    return str(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _percent(text: str) -> str:
    return urllib.parse.quote(text, safe="")


def _simple(value: Any, separator: str, explode: bool, encode: Any) -> str:
    """A value in OpenAPI's style `simple`, or with another separator."""
    if isinstance(value, (list, tuple)):
        return separator.join(encode(_plain(item)) for item in value)
    if isinstance(value, dict):
        between = "=" if explode else separator
        return separator.join(encode(name) + between + encode(_plain(field)) for name, field in value.items())
    return encode(_plain(value))


def _in_header(parameter: Any) -> str:
    _, _, explode, is_json, value = parameter
    return json.dumps(value) if is_json else _simple(value, ",", explode, lambda text: text)


def _in_path(parameter: Any) -> str:
    text = "" if parameter[4] is None else _segment(*parameter)
    # Servers treat these as other paths.
    if text in ("", ".", ".."):
        raise ValueError("{} is missing".format(parameter[0]))
    return text


def _segment(name: str, style: str, explode: bool, is_json: bool, value: Any) -> str:
    if is_json:
        return _percent(_json(value))
    if style == "label":
        return "." + _simple(value, "." if explode else ",", explode, _percent)
    if style != "matrix":
        return _simple(value, ",", explode, _percent)
    begin = ";" + _percent(name) + "="
    if explode and isinstance(value, (list, tuple)):
        return "".join(begin + _percent(_plain(item)) for item in value)
    if explode and isinstance(value, dict):
        return ";" + _simple(value, ";", True, _percent)
    return begin + _simple(value, ",", False, _percent)


def _in_query(parameter: Any) -> List[str]:
    name, style, explode, is_json, value = parameter

    def pair(name: str, value: Any) -> str:
        return _percent(name) + "=" + _percent(_plain(value))

    if is_json:
        return [pair(name, _json(value))]
    if not isinstance(value, (dict, list, tuple)):
        return [pair(name, value)]
    if style == "deepObject" and isinstance(value, dict):
        return [pair("{}[{}]".format(name, field), item) for field, item in value.items()]
    if explode and isinstance(value, dict):
        return [pair(field, item) for field, item in value.items()]
    if explode:
        return [pair(name, item) for item in value]
    separator = {"spaceDelimited": "%20", "pipeDelimited": "%7C"}.get(style, ",")
    return [_percent(name) + "=" + _simple(value, separator, False, _percent)]


def _address(template: str, path: Any, query: Any) -> str:
    for parameter in path:
        template = template.replace("{" + parameter[0] + "}", _in_path(parameter))
    pairs = [pair for parameter in query if parameter[4] is not None for pair in _in_query(parameter)]
    if not pairs:
        return template
    return template + ("&" if "?" in template else "?") + "&".join(pairs)


def _unfold(name: str, value: Any) -> List[Tuple[str, Any]]:
    if isinstance(value, (list, tuple)):
        value = dict(enumerate(value))
    if not isinstance(value, dict):
        return [(name, value)]
    return [pair for field, inner in value.items() for pair in _unfold("{}[{}]".format(name, field), inner)]


def _encoded(encoding: str, content_type: str, body: Any, deep: Sequence[str] = ()) -> Tuple[bytes, str]:
    if encoding == "json":
        return json.dumps(body).encode(), content_type
    if encoding == "raw":
        return body if isinstance(body, bytes) else str(body).encode(), content_type
    fields: List[Tuple[str, Any]] = []
    for name, value in body.items():
        if name in deep:
            pairs = _unfold(name, value)
        else:
            pairs = [(name, item) for item in (value if isinstance(value, (list, tuple)) else [value])]
        fields.extend(pair for pair in pairs if pair[1] is not None)
    if encoding == "form":
        return urllib.parse.urlencode([(name, _plain(value)) for name, value in fields]).encode(), content_type
    boundary = uuid.uuid4().hex
    content = b""
    for name, value in fields:
        name = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        head = 'Content-Disposition: form-data; name="{}"'.format(name)
        if isinstance(value, bytes):
            head += '; filename="{}"\r\nContent-Type: application/octet-stream'.format(name)
        else:
            if isinstance(value, dict):
                head += "\r\nContent-Type: application/json"
            value = _plain(value).encode()
        content += "--{}\r\n{}\r\n\r\n".format(boundary, head).encode() + value + b"\r\n"
    return content + "--{}--\r\n".format(boundary).encode(), "multipart/form-data; boundary=" + boundary


def _is_json(headers: email.message.Message) -> bool:
    name = headers.get_content_type() if headers.get("Content-Type") else ""
    return name == "application/json" or name.endswith("+json")


def _read(headers: email.message.Message, content: bytes) -> Any:
    if not content:
        return None
    if _is_json(headers):
        return json.loads(content)
    if not headers.get("Content-Type") or headers.get_content_maintype() == "text":
        return content.decode(headers.get_content_charset() or "utf-8", "replace")
    return content


def _error(status: int, headers: email.message.Message, content: bytes) -> ApiError:
    problem = None
    if _is_json(headers):
        try:
            problem = json.loads(content)
        except ValueError:
            pass
    return ApiError(status, problem, content.decode("utf-8", "replace"), headers.get("X-Request-Id"))


def _wait_after(headers: email.message.Message, attempt: int) -> Optional[float]:
    """Seconds until the next attempt: `Retry-After`, otherwise 0.5 s, doubled each time. None if it cannot be parsed."""
    said = headers.get("Retry-After")
    if said is None:
        return 0.5 * 2**attempt * (0.5 + random.random() / 2)
    if said.isdigit():
        return float(said)
    try:
        return max(email.utils.parsedate_to_datetime(said).timestamp() - time.time(), 0.0)
    except (TypeError, ValueError):
        return None
