"""From the tree of one command to its events, in the order in which the shell comes to them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from knowledge.pipelines.shell_events import (
    Assignment,
    Call,
    Declaration,
    Event,
    FunctionDefinition,
    Redirect,
    Scope,
    Use,
)
from knowledge.pipelines.shell_source import Source
from knowledge.pipelines.shell_syntax import parse

if TYPE_CHECKING:
    from tree_sitter import Node

#: Deeper nesting than this is not followed.
_DEEPEST = 80
_LEAVES = frozenset(
    {"word", "raw_string", "number", "string_content", "comment", "variable_name", "ansi_c_string"}
)


class _Where(NamedTuple):
    """The shell and the function in which something stands; `captured` as in `Call`."""

    scope: Scope = ()
    function: str | None = None
    captured: bool = False


_Handler = Callable[["Node", _Where], list[Call]]


def tree_events(text: str) -> list[Event]:
    """What the command does.

    Raises:
        UnreadableError: see `knowledge.pipelines.shell_syntax.parse`.
    """
    data = text.encode("utf-8", "replace")
    walk = _Walk(text, data)
    walk.visit(parse(data), _Where())
    return walk.events


class _Walk:
    def __init__(self, text: str, data: bytes) -> None:
        self.events: list[Event] = []
        source = Source(text, data)
        self._at, self._raw, self._words = source.at, source.raw, source.words
        self._shells = 0
        self._depth = 0
        self._handlers: dict[str, _Handler] = {
            "command": self._command,
            "redirected_statement": self._redirected,
            "declaration_command": self._declaration,
            "unset_command": self._declaration,
            "variable_assignment": self._alone,
            "pipeline": self._pipeline,
            "subshell": self._shell_of_its_own,
            "command_substitution": self._substitution,
            "process_substitution": self._substitution,
            "function_definition": self._function,
            "simple_expansion": self._expansion,
            "expansion": self._expansion,
        }

    def _subshell(self, where: _Where) -> _Where:
        self._shells += 1
        return where._replace(scope=(*where.scope, self._shells))

    def visit(self, node: Node, where: _Where) -> list[Call]:
        """Records what the node does; gives the commands whose output is the node's output."""
        kind = node.type
        if kind in _LEAVES or self._depth > _DEEPEST:
            return []
        self._depth += 1
        calls = self._handlers.get(kind, self._children)(node, where)
        self._depth -= 1
        return calls

    def _children(self, node: Node, where: _Where) -> list[Call]:
        calls: list[Call] = []
        last: list[Call] = []
        for child in node.named_children:
            last = self.visit(child, where)
            calls += last
        # The output of `a && b > file` is that of `b`.
        return last if node.type == "list" else calls

    def _shell_of_its_own(self, node: Node, where: _Where) -> list[Call]:
        return self._children(node, self._subshell(where))

    def _substitution(self, node: Node, where: _Where) -> list[Call]:
        self._shell_of_its_own(node, where._replace(captured=True))
        return []

    def _function(self, node: Node, where: _Where) -> list[Call]:
        name = node.child_by_field_name("name")
        if name is not None:
            where = where._replace(function=self._raw(name.start_byte, name.end_byte))
            self.events.append(FunctionDefinition(where.function or "", self._at(node.start_byte)))
        self._children(node, where)
        return []

    def _expansion(self, node: Node, where: _Where) -> list[Call]:
        self._use(node)
        self._children(node, where)
        return []

    def _alone(self, node: Node, where: _Where) -> list[Call]:
        self._assignment(node, node, where)
        return []

    def _use(self, node: Node) -> None:
        for child in node.named_children:
            if child.type == "variable_name":
                name = self._raw(child.start_byte, child.end_byte)
                self.events.append(Use(name, self._at(node.start_byte)))
                return

    def _inside(self, nodes: list[Node], where: _Where) -> None:
        for node in nodes:
            if node.type not in _LEAVES:
                self.visit(node, where)

    def _command(self, node: Node, where: _Where) -> list[Call]:
        parts: list[Node] = []
        redirects: list[Node] = []
        prefixes: list[Node] = []
        for child in node.children:
            match child.type:
                case "variable_assignment":
                    prefixes.append(child)
                case "file_redirect" | "herestring_redirect" | "heredoc_redirect":
                    redirects.append(child)
                case _:
                    parts.append(child)
        for child in prefixes:
            self._assignment(child, node, where, command_only=True)
        self._inside(parts, where)
        call = self._call(node, parts, where)
        for child in redirects:
            self._redirect(child, [call], where)
        return [call]

    def _call(self, node: Node, parts: list[Node], where: _Where) -> Call:
        words, start, end = self._words(parts), self._at(node.start_byte), self._at(node.end_byte)
        begin = words[0].start if words else start
        call = Call(words, begin, end, where.scope, start, function=where.function, captured=where.captured)
        self.events.append(call)
        return call

    def _redirected(self, node: Node, where: _Where) -> list[Call]:
        body = node.child_by_field_name("body")
        calls = self.visit(body, where) if body is not None else []
        for child in node.named_children:
            if child != body:
                self._redirect(child, calls, where)
        return calls

    def _redirect(self, node: Node, calls: list[Call], where: _Where) -> None:
        match node.type:
            case "file_redirect":
                self._inside(node.named_children, where)
                sign = "".join(child.type for child in node.children if not child.is_named)
                targets = [child for child in node.named_children if child.type != "file_descriptor"]
                stream = [child for child in node.named_children if child.type == "file_descriptor"]
                error_only = bool(stream) and self._raw(stream[0].start_byte, stream[0].end_byte) == "2"
                if targets and sign in (">", ">>", ">|", "&>", "&>>") and not error_only:
                    # A redirection among the arguments takes the words behind it along.
                    behind = self._words(targets[1:])
                    for call in calls:
                        call.words += behind
                        call.redirects.append(
                            Redirect(self._words(targets[:1])[0], append=sign.endswith(">>"))
                        )
            case "herestring_redirect":
                self._inside(node.named_children, where)
                word = self._words(node.named_children)
                for call in calls if word else []:
                    call.fed, call.fed_at = word[0].value, word[0].start
                    call.fed_literally = word[0].raw.startswith("'")
            case "heredoc_redirect":
                self._heredoc(node, calls, where)
            case _:
                self.visit(node, where)

    def _heredoc(self, node: Node, calls: list[Call], where: _Where) -> None:
        following: list[Call] = []
        quoted = False
        for child in node.named_children:
            match child.type:
                case "heredoc_start":
                    quoted = self._raw(child.start_byte, child.end_byte)[:1] in ("'", '"', "\\")
                case "heredoc_body":
                    if not quoted:
                        self._inside(child.named_children, where)
                    for call in calls:
                        call.fed = self._raw(child.start_byte, child.end_byte)
                        call.fed_at, call.fed_literally = self._at(child.start_byte), quoted
                case "file_redirect":
                    self._redirect(child, calls, where)
                case "heredoc_end":
                    pass
                case "pipeline":
                    following = self.visit(child, self._subshell(where))
                case _:
                    following = self.visit(child, where) and following
        first = next((call for call in following), None)
        for call in calls if first else []:
            call.piped_to = first

    def _pipeline(self, node: Node, where: _Where) -> list[Call]:
        stages = [
            self.visit(child, self._subshell(where))
            for child in node.named_children
            if child.type != "comment"
        ]
        for earlier, later in pairwise(stages):
            for call in earlier:
                call.piped_to = later[0] if later else None
        return stages[-1] if stages else []

    def _assignment(
        self,
        node: Node,
        statement: Node,
        where: _Where,
        *,
        exported: bool = False,
        command_only: bool = False,
    ) -> None:
        name = node.child_by_field_name("name")
        if name is None:
            return
        self._inside(node.named_children, where)
        start, end = node.start_byte, node.end_byte
        equals = next((child for child in node.children if child.type in ("=", "+=")), None)
        raw = self._raw(equals.end_byte, end) if equals is not None else ""
        self.events.append(
            Assignment(
                self._raw(name.start_byte, name.end_byte).split("[")[0],
                raw,
                self._at(start),
                self._at(end),
                self._at(statement.start_byte),
                self._at(statement.end_byte),
                where.scope,
                exported,
                command_only,
                (equals is not None and equals.type == "+=") or name.type == "subscript",
                where.function,
            )
        )

    def _declaration(self, node: Node, where: _Where) -> list[Call]:
        keyword = node.children[0].type
        rest = node.children[1:]
        options = [child for child in rest if self._raw(child.start_byte, child.start_byte + 1) == "-"]
        if len(options) == len(rest):
            # Without a name it lists all there are.
            return [self._call(node, node.children, where)]
        flags = "".join(self._raw(child.start_byte, child.end_byte)[1:] for child in options)
        exports = (keyword == "export" and not set(flags) & {"n", "f", "p"}) or (
            keyword in ("declare", "typeset", "local") and "x" in flags
        )
        assigns = False
        others: list[Node] = []
        for child in rest:
            if child.type == "variable_assignment":
                assigns = True
                self._assignment(child, node, where, exported=exports)
            else:
                others.append(child)
        self._inside(others, where)
        if not others:
            return []
        self.events.append(
            Declaration(
                keyword,
                self._words(others),
                self._at(node.start_byte),
                self._at(node.end_byte),
                where.scope,
                exports,
                assigns,
                where.function,
            )
        )
        return []
