"""The part of CEL that conditions and mappings of Google's providers are made of, read into a tree.

https://cloud.google.com/iam/docs/workload-identity-federation
Names, fields, texts, numbers, lists, `!`, `&&`, `||`, `?:`, `==`, `!=`, `<`, `in`, `+`, and calls.
What a call does is said by `gcp_cel_values`; what is not read here is refused, and never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from knowledge.frozen import dataclass

LONGEST = 4096
_DEEPEST = 40
#: The tree is gone through by functions that call themselves.
_TALLEST = 120


class CelUnreadableError(ValueError):
    """The expression is not of the part that is read here. The message says what was met."""


@dataclass(frozen=True, slots=True)
class Node:
    """One part of an expression.

    `kind` is `literal`, `list`, `name`, `field` (`parts[0].value`), `index`, `call` (a method has its
    receiver as first part and `method` set), `not`, `and`, `or`, `if`, or `compare` and `add` with the
    operator as `value`. `start` and `end` are its place in the text; `depth` counts the parts within parts.
    """

    kind: str
    start: int
    end: int
    value: object = None
    parts: tuple[Node, ...] = ()
    method: bool = False
    depth: int = 1

    def walk(self) -> Iterator[Node]:
        yield self
        for part in self.parts:
            yield from part.walk()


_TOKEN = re.compile(
    r"\s*(?:(?P<text>[rR]?(?:\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'))"
    r"|(?P<number>\d+(?![\w.]))|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<sign>&&|\|\||==|!=|<=|>=|[<>!?:.,()\[\]+]))"
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"', "`": "`", "?": "?"}
_COMPARE = frozenset({"==", "!=", "<", "<=", ">", ">=", "in"})


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int


def _node(
    kind: str,
    start: int,
    end: int,
    value: object = None,
    parts: tuple[Node, ...] = (),
    *,
    method: bool = False,
) -> Node:
    depth = 1 + max((part.depth for part in parts), default=0)
    if depth > _TALLEST:
        raise CelUnreadableError("it is nested too deeply")
    return Node(kind, start, end, value, parts, method, depth)


def parse(text: str) -> Node:
    """The expression as a tree.

    Raises:
        CelUnreadableError: it is too long, too deep, or holds what is not read here.
    """
    if len(text) > LONGEST:
        raise CelUnreadableError(f"it is longer than {LONGEST} characters")
    return _Parser(list(_tokens(text))).whole()


def claims_of(node: Node) -> frozenset[str]:
    """The claims that the expression names: `sub` for `assertion.sub` and `assertion['sub']`."""
    found = set()
    for part in node.walk():
        if part.kind == "field" and _is_assertion(part.parts[0]):
            found.add(str(part.value))
        elif part.kind == "index" and _is_assertion(part.parts[0]) and part.parts[1].kind == "literal":
            found.add(str(part.parts[1].value))
    return frozenset(found)


def _claim_asked_for(sign: str, key: Node, owner: Node) -> Node | None:
    """The field that `'name' in assertion` asks for, as `has(assertion.name)` does."""
    if sign != "in" or owner.kind != "name" or key.kind != "literal" or not isinstance(key.value, str):
        return None
    return _node("field", key.start, owner.end, key.value, (owner,))


def _is_assertion(node: Node) -> bool:
    return node.kind == "name" and node.value == "assertion"


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while text[at:].strip():
        found = _TOKEN.match(text, at)
        if found is None:
            rest = text[at:].strip()
            raise CelUnreadableError(f"`{rest[:20]}` is not read here")
        kind = str(found.lastgroup)
        yield _Token(kind, found[kind], found.start(kind), found.end())
        at = found.end()
    yield _Token("end", "", len(text), len(text))


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._expression()
        if self._next.kind != "end":
            raise CelUnreadableError(f"`{self._next.text}` was not expected")
        return node

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self, *signs: str) -> _Token | None:
        token = self._next
        if token.kind in ("sign", "name") and token.text in signs:
            self._at += 1
            return token
        return None

    def _must(self, sign: str) -> _Token:
        token = self._take(sign)
        if token is None:
            raise CelUnreadableError(f"`{sign}` is missing before `{self._next.text or 'the end'}`")
        return token

    def _expression(self) -> Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise CelUnreadableError("it is nested too deeply")
        node = self._joined("||", "or", self._and)
        if self._take("?"):
            yes = self._expression()
            self._must(":")
            no = self._expression()
            node = _node("if", node.start, no.end, None, (node, yes, no))
        self._depth -= 1
        return node

    def _and(self) -> Node:
        return self._joined("&&", "and", self._relation)

    def _joined(self, sign: str, kind: str, inner: Callable[[], Node]) -> Node:
        parts = [inner()]
        while self._take(sign):
            parts.append(inner())
        return parts[0] if len(parts) == 1 else _node(kind, parts[0].start, parts[-1].end, sign, tuple(parts))

    def _relation(self) -> Node:
        node = self._sum()
        while (sign := self._take(*_COMPARE)) is not None:
            other = self._sum()
            asked = _claim_asked_for(sign.text, node, other)
            if asked is not None:
                node = _node("call", node.start, other.end, "has", (asked,))
            else:
                node = _node("compare", node.start, other.end, sign.text, (node, other))
        return node

    def _sum(self) -> Node:
        node = self._unary()
        while self._take("+"):
            other = self._unary()
            node = _node("add", node.start, other.end, "+", (node, other))
        return node

    def _unary(self) -> Node:
        signs = []
        while (sign := self._take("!")) is not None:
            signs.append(sign)
        node = self._member()
        for sign in reversed(signs):
            node = _node("not", sign.start, node.end, None, (node,))
        return node

    def _member(self) -> Node:
        node = self._primary()
        while True:
            if self._take("."):
                name = self._name()
                if self._take("("):
                    arguments, end = self._until(")")
                    node = _node("call", node.start, end, name.text, (node, *arguments), method=True)
                else:
                    node = _node("field", node.start, name.end, name.text, (node,))
            elif self._take("["):
                index = self._expression()
                node = _node("index", node.start, self._must("]").end, None, (node, index))
            else:
                return node

    def _name(self) -> _Token:
        token = self._next
        if token.kind != "name":
            raise CelUnreadableError(f"a name is missing before `{token.text or 'the end'}`")
        self._at += 1
        return token

    def _until(self, sign: str) -> tuple[list[Node], int]:
        found: list[Node] = []
        while (closing := self._take(sign)) is None:
            if found:
                self._must(",")
            found.append(self._expression())
        return found, closing.end

    def _primary(self) -> Node:
        token = self._next
        if token.kind == "text":
            self._at += 1
            return _node("literal", token.start, token.end, _unquoted(token.text))
        if token.kind == "number":
            self._at += 1
            return _node("literal", token.start, token.end, int(token.text))
        if self._take("("):
            inner = self._expression()
            self._must(")")
            return inner
        if self._take("["):
            parts, end = self._until("]")
            return _node("list", token.start, end, None, tuple(parts))
        return self._named()

    def _named(self) -> Node:
        name = self._name()
        if name.text in ("true", "false"):
            return _node("literal", name.start, name.end, name.text == "true")
        if self._take("("):
            arguments, end = self._until(")")
            return _node("call", name.start, end, name.text, tuple(arguments))
        return _node("name", name.start, name.end, name.text)


def _unquoted(text: str) -> str:
    if text[0] in "rR":
        return text[2:-1]

    def one(found: re.Match[str]) -> str:
        if found[1] not in _ESCAPES:
            raise CelUnreadableError(f"the escape `\\{found[1]}` is not read here")
        return _ESCAPES[found[1]]

    return re.sub(r"\\(.)", one, text[1:-1])
