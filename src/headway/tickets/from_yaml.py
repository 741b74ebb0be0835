"""YAML → tree, from the parser's events: nothing is constructed, no tag means anything, no alias multiplies.

``yaml.load`` would turn an id ``010`` into 8 and ``no`` into False, would build what a tag names, and would recurse
as deep as the file says. The events carry the text as written, and each has its line.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import yaml

from headway.tickets.tree import (
    DEEPEST,
    Entry,
    Kind,
    Malformed,
    Mapping,
    Node,
    Report,
    Scalar,
    Sequence,
    add_entry,
    is_null,
    kind_of,
    shown,
)

#: Most characters that aliases may repeat, all together. Anchors are for a few shared defaults; the "billion laughs"
#: file of 1 KiB repeats 3 GB.
MOST_REPEATED = 4 * 2**20

#: Tags that change nothing, because values are text as written anyway.
_HARMLESS_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "seq", "map", "timestamp")
) | {"!"}
_STRING_TAGS = frozenset({"tag:yaml.org,2002:str", "!"})
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_MERGE = "<<"

# libyaml's parser reads a tickets file ten times faster; where PyYAML was built without it, its own does the same.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come yet."""

    node: Sequence | Mapping
    anchor: str | None
    #: A mapping's key that waits for its value; the key's line.
    key: str | None = None
    key_line: int = 0
    #: Whether that key is ``<<`` (without quotes: with them it is a key like others).
    merging: bool = False
    #: Whether the next node of a mapping is a value.
    expects_value: bool = False
    #: What ``<<`` names, with the line.
    merges: list[tuple[int, Node]] = field(default_factory=list)
    #: Characters that it holds, aliases followed.
    weight: int = 1


def tree_of_yaml(text: str, report: Report, *, first_line: int = 1) -> Node | None:
    """The tree of a YAML text; None where it says nothing. ``first_line``: the line that the text begins on.

    What is wrong but can be read past goes to the report; raises Malformed where the text is no YAML.
    """
    reader = _Reader(report)
    try:
        _feed(reader, text, first_line)
    except Malformed as error:
        error.before = reader.whole_tickets()
        raise
    return reader.root


def _feed(reader: _Reader, text: str, first_line: int) -> None:
    try:
        # Empty lines in front keep the parser's lines those of the file.
        for event in yaml.parse("\n" * (first_line - 1) + text, Loader=_Loader):
            reader.take(event)
    except yaml.reader.ReaderError as error:
        line = _line_of_byte(text, error.position - first_line + 1) + first_line - 1
        raise Malformed(line, f"the character {error.character:#x} is not allowed in YAML") from error
    except yaml.MarkedYAMLError as error:
        # "Something is missing" is said of the line after the last one.
        last = first_line + text.rstrip("\n").count("\n")
        raise Malformed(min(_line_of(error) or first_line, last), _explain(error)) from error


class _Reader:
    def __init__(self, report: Report) -> None:
        self.report = report
        self.root: Node | None = None
        self.open: list[_Open] = []
        #: Anchor → its node and weight; None while the node is open.
        self.anchors: dict[str, tuple[Node, int] | None] = {}
        self.repeated = 0
        self.documents = 0

    def take(self, event: yaml.Event) -> None:
        """One event. Raises Malformed."""
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event, line)
        elif isinstance(event, yaml.SequenceStartEvent):
            self._begin(Sequence(line), event)
        elif isinstance(event, yaml.MappingStartEvent):
            self._begin(Mapping(line), event)
        elif isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            self._end()
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event.anchor or "", line)
        elif isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise Malformed(line, "a second YAML document begins here: write all tickets in one list")

    def whole_tickets(self) -> list[Node]:
        """What the list of tickets (the file itself, or right under a key of it) holds so far."""
        lists = [around.node for around in self.open[:2] if isinstance(around.node, Sequence)]
        return list(lists[0].items) if lists else []

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        self._check_tag(event.tag, line)
        if event.implicit[0] and event.tag is None:
            kind = Kind.NULL if event.value in _NULLS else Kind.PLAIN
        elif event.tag is None or event.tag in _STRING_TAGS:
            kind = Kind.QUOTED
        else:
            kind = Kind.PLAIN
        scalar = Scalar(line, kind, event.value)
        weight = 1 + len(event.value)
        if event.anchor is not None:
            self.anchors[event.anchor] = (scalar, weight)
        self._put(scalar, weight, line)

    def _begin(self, node: Sequence | Mapping, event: yaml.CollectionStartEvent) -> None:
        self._check_tag(event.tag, node.line)
        if len(self.open) >= DEEPEST:
            raise Malformed(node.line, f"lists and mappings are nested deeper than {DEEPEST}")
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        self.open.append(_Open(node, event.anchor))

    def _end(self) -> None:
        done = self.open.pop()
        for line, source in done.merges:
            self._merge(done.node, source, line)
        if done.anchor is not None:
            self.anchors[done.anchor] = (done.node, done.weight)
        self._put(done.node, done.weight, done.node.line)

    def _alias(self, anchor: str, line: int) -> None:
        target = self.anchors.get(anchor)
        if target is None:
            what = "stands inside what it names" if anchor in self.anchors else "names no anchor before it"
            raise Malformed(line, f"the alias *{shown(anchor)[1:-1]} {what}")
        node, weight = target
        self.repeated += weight
        if self.repeated > MOST_REPEATED:
            raise Malformed(line, f"aliases repeat more than {MOST_REPEATED} characters up to here")
        self._put(node, weight, line)

    def _put(self, node: Node, weight: int, line: int) -> None:
        """A finished node into what is open around it."""
        if not self.open:
            self.root = None if is_null(node) else node
            return
        around = self.open[-1]
        around.weight += weight
        if isinstance(around.node, Sequence):
            around.node.items.append(node)
        elif not around.expects_value:
            around.key, around.key_line, around.expects_value = self._key(node, line), line, True
            around.merging = around.key == _MERGE and isinstance(node, Scalar) and node.kind is Kind.PLAIN
        else:
            around.expects_value = False
            if around.merging:
                around.merges.append((around.key_line, node))
            elif around.key is not None:
                add_entry(around.node, Entry(around.key, around.key_line, node), self.report)

    def _key(self, node: Node, line: int) -> str | None:
        if isinstance(node, Scalar):
            return node.text
        self.report.problem(line, f"a key must be a text, this is {kind_of(node)}: put it in quotes")
        return None

    def _merge(self, into: Sequence | Mapping, source: Node, line: int) -> None:
        """``<<: *defaults``: the keys of another mapping (or a list of them) that are not here."""
        sources = source.items if isinstance(source, Sequence) else [source]
        for mapping in sources:
            if not isinstance(mapping, Mapping) or not isinstance(into, Mapping):
                self.report.problem(
                    line, f"<< takes a mapping or a list of mappings, this is {kind_of(mapping)}"
                )
                continue
            for entry in mapping:
                into.entries.setdefault(entry.key, entry)

    def _check_tag(self, tag: str | None, line: int) -> None:
        if tag is not None and tag not in _HARMLESS_TAGS:
            name = tag.replace("tag:yaml.org,2002:", "!!")
            self.report.problem(
                line, f"the tag {shown(name)[1:-1]} is not allowed: values are plain text here"
            )


def _line_of(error: yaml.MarkedYAMLError) -> int | None:
    """Where the parser stumbled; for what never ends, where that began."""
    endless = error.problem is not None and "end of stream" in error.problem
    mark = (endless and error.context_mark) or error.problem_mark or error.context_mark
    return mark.line + 1 if mark else None


def _line_of_byte(text: str, position: int) -> int:
    """The parser reads UTF-8 and tells places in bytes."""
    return text.encode()[: max(position, 0)].count(b"\n") + 1


def _explain(error: yaml.MarkedYAMLError) -> str:
    """What the parser says, and what it mostly means."""
    said = error.problem or error.context or "it cannot be read"
    if "mapping values are not allowed" in said:
        return "not YAML: a colon too many; put a text that holds ': ' in quotes"
    if "a tab character" in said:
        return "not YAML: a tab among the spaces at the beginning of a line: indent with spaces"
    if "cannot start any token" in said:
        return "not YAML: a tab, @, ` or % begins a value; indent with spaces, and put such a text in quotes"
    if "nesting depth" in said:
        return f"lists and mappings are nested deeper than {DEEPEST}"
    if error.context and error.context != said:
        return f"not YAML: {said}, {error.context}"
    return f"not YAML: {said}"
