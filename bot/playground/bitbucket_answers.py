"""How Bitbucket answers: errors, pages, and the fields a caller asked for."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

from aiohttp import web

_MOST = 100

Json = dict[str, Any]


def error(
    status: int, message: str, headers: Mapping[str, str] | None = None, detail: object = None
) -> web.Response:
    """An error as JSON: https://developer.atlassian.com/cloud/bitbucket/rest/intro/#standardized-error-responses"""
    inner: Json = {"message": message}
    if detail is not None:
        inner["detail"] = detail
    return web.json_response({"type": "error", "error": inner}, status=status, headers=headers)


class RefusedError(Exception):
    """The request is refused; `response` says how."""

    def __init__(
        self, status: int, message: str, headers: Mapping[str, str] | None = None, *, detail: object = None
    ) -> None:
        super().__init__(message)
        self.response = error(status, message, headers, detail)


def as_json(request: web.Request, value: Json) -> web.Response:
    """One object, with the fields asked for."""
    return web.json_response(_only(value, request.query.get("fields")))


def as_page(request: web.Request, values: Sequence[Json]) -> web.Response:
    """One page of a collection: `page` and `pagelen` of the query, with `next` as an absolute address.

    Raises:
        RefusedError: they are no numbers, or out of bounds.
    """
    length, number = _whole(request, "pagelen", 10), _whole(request, "page", 1)
    if length > _MOST:
        raise RefusedError(400, "Invalid pagelen")
    start = (number - 1) * length
    page: Json = {
        "size": len(values),
        "page": number,
        "pagelen": length,
        "values": list(values[start : start + length]),
    }
    if start + length < len(values):
        page["next"] = _with_page(request, number + 1)
    if number > 1:
        page["previous"] = _with_page(request, number - 1)
    return web.json_response(_only(page, request.query.get("fields")))


def _whole(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name, str(default))
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise RefusedError(400, f"Invalid {name}")
    return int(text)


def _with_page(request: web.Request, number: int) -> str:
    path, _, query = request.raw_path.partition("?")
    kept = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name != "page"]
    return f"http://{request.host}{path}?{urlencode([*kept, ('page', str(number))])}"


def _only(value: Json, asked: str | None) -> Json:
    """`fields`: names alone keep only these, `-name` takes away, `+name` adds to what is there anyway.

    What is there anyway is everything here, so `+` changes nothing.
    https://developer.atlassian.com/cloud/bitbucket/rest/intro/#partial-response
    """
    if not asked:
        return value
    names = [name for name in asked.split(",") if name]
    kept = [name.split(".") for name in names if name[0] not in "+-"]
    result: Any = _pick(value, kept) if kept else copy.deepcopy(value)
    for name in names:
        if name[0] == "-":
            _drop(result, name[1:].split("."))
    return result if isinstance(result, dict) else {}


def _pick(value: Any, paths: list[list[str]]) -> Any:
    if isinstance(value, list):
        return [_pick(item, paths) for item in value]
    if not isinstance(value, dict):
        return value
    picked: Json = {}
    for name, inner in value.items():
        deeper = [path[1:] for path in paths if path[0] in {name, "*"}]
        if [] in deeper:
            picked[name] = inner
        elif deeper and isinstance(inner, dict | list):
            picked[name] = _pick(inner, deeper)
    return picked


def _drop(value: Any, path: list[str]) -> None:
    if isinstance(value, list):
        for item in value:
            _drop(item, path)
    elif isinstance(value, dict):
        for name in list(value) if path[0] == "*" else [path[0]]:
            if len(path) == 1:
                value.pop(name, None)
            elif name in value:
                _drop(value[name], path[1:])
