"""The documents say what the code says: nothing in it is left out, and nothing is described that is not there."""

import ast
import re
from pathlib import Path

import pytest
import yaml
from sqlalchemy import JSON, BigInteger, Double, Integer, Text

import headway
from headway.agents.environment import NEVER_BY_PATTERN
from headway.agents.profiles import PLACEHOLDERS, SESSION
from headway.agents.prompt import check_template
from headway.agents.streams import FORMATS, StreamReader
from headway.agents.streams import generic as json_lines
from headway.config import Settings
from headway.coordination.kinds import EVENT_KINDS
from headway.store.schema import metadata
from headway.tickets import rules
from headway.tickets.markdown import _PRIORITIES, MOST_FILES
from headway.tickets.markdown import NAMES as TRACKERS_NAMES
from headway.tickets.reading import read_document
from headway.tickets.tree import MOST_BYTES
from tests.tools import reference, source
from tests.tools.commands import command_line, in_shell, mentions, why_not_there, why_not_understood
from tests.tools.documents import (
    DOCS,
    ROOT,
    anchors,
    blocks,
    inline_code,
    links,
    made,
    name_of,
    pages,
    section,
    table,
)
from tests.tools.examples import json_values

REFERENCE = DOCS / "reference"
by_page = pytest.mark.parametrize("page", pages(), ids=name_of)


def test_what_the_code_can_say_itself_stands_in_the_pages_as_it_says_it() -> None:
    written = {name: body for page in pages() for name, body in made(page).items()}
    parts = reference.parts()
    assert sorted(written) == sorted(parts), "each part stands in a page, and no other"
    stale = [name for name in parts if written[name] != parts[name]]
    assert stale == [], "run: .venv/bin/python -m tests.tools.reference"


# Commands


@pytest.mark.parametrize("name", command_line())
def test_a_command_has_a_section_of_its_own(name: str) -> None:
    assert f"<!-- made: command {name} -->" in section(REFERENCE / "command-line.md", name)


@pytest.mark.parametrize("name", command_line())
def test_the_examples_of_a_command_can_be_typed(name: str) -> None:
    examples = in_shell(command_line()[name].epilog)
    assert examples, "every command has an example"
    assert [(e, why) for e in examples if (why := why_not_understood(e))] == []


def test_the_sections_of_commands_name_commands_that_are_there() -> None:
    text = (REFERENCE / "command-line.md").read_text()
    headings = re.findall(r"^### (.+)$", text, re.MULTILINE)
    assert sorted(headings) == sorted(command_line())


@by_page
def test_commands_in_code_blocks_can_be_typed(page: Path) -> None:
    wrong = [
        f"{block.where}: headway {' '.join(words)}: {why}"
        for block in blocks(page)
        if block.language in ("", "sh", "console") and "├" not in block.text
        for words in in_shell(block.text)
        if "…" not in words and words[:1] != ["COMMAND"] and (why := why_not_understood(words))
    ]
    assert wrong == []


@by_page
def test_commands_that_are_named_in_sentences_are_there(page: Path) -> None:
    said = [words for code in inline_code(page) for words in mentions(code)]
    assert [(words, why) for words in said if words[0] != "COMMAND" and (why := why_not_there(words))] == []


@pytest.mark.parametrize("module", source.modules(), ids=lambda path: str(path.relative_to(source.SOURCE)))
def test_commands_that_messages_name_are_there(module: Path) -> None:
    wrong = [
        f"{module.name}:{line}: {' '.join(words)}: {why}"
        for line, text in source.texts(module)
        for words in mentions(text)
        if (why := why_not_there(words))
    ]
    assert wrong == []


@by_page
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for link in links(page):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_every_page_is_linked_from_the_readme() -> None:
    linked = {(ROOT / link.partition("#")[0]).resolve() for link in links(ROOT / "README.md")}
    assert [name_of(page) for page in DOCS.rglob("*.md") if page not in linked] == []


def test_every_public_name_of_the_package_has_a_section() -> None:
    headings = re.findall(r"^## (\w+)$", (REFERENCE / "python.md").read_text(), re.MULTILINE)
    private = {"__version__", "Priority"}  # the latter under Ticket
    assert sorted(headings) == sorted(set(headway.__all__) - private)


# Configuration


def test_settings_that_pages_show_are_valid() -> None:
    import tomllib

    shown = [block for page in pages() for block in blocks(page) if block.language == "toml"]
    assert shown, "there are some"
    for block in shown:
        Settings.model_validate(tomllib.loads(block.text))


@by_page
def test_settings_that_sentences_name_are_there(page: Path) -> None:
    keys = {f"{name}.{key}" for name, each in reference.sections().items() for key in each.model_fields}
    tables = "|".join(name for name in Settings.model_fields if name != "profiles")
    named = [code for code in inline_code(page) if re.fullmatch(rf"(?:{tables})\.[a-z_]+", code)]
    assert [
        name for name in named if name not in keys | {*EVENT_KINDS, "run.left", "store.db", "git.py"}
    ] == []


def test_what_no_pattern_of_environment_takes_is_told() -> None:
    told = section(REFERENCE / "configuration.md", "agents")
    assert all(name in told for name in ("GIT_*", "HEADWAY_*", "TRACEPARENT"))
    assert {"GIT_*", "HEADWAY_*", "TRACEPARENT"} <= set(NEVER_BY_PATTERN)


# Events


def test_every_kind_of_event_is_recorded_somewhere() -> None:
    recorded = {kind for each in source.recorded() for kind in each.kinds}
    assert recorded == set(EVENT_KINDS)


def test_an_event_whose_kind_is_computed_is_of_the_shape_that_the_source_says() -> None:
    wrong = []
    for (module, function), kinds in source.COMPUTED.items():
        tree = ast.parse((source.SOURCE / module).read_text())
        bodies = [
            ast.unparse(node)
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == function
        ]
        shapes = {kind.partition(".")[0] for kind in kinds}
        if not any(
            f"f'{shape}." in body or ".record(writer, event" in body for body in bodies for shape in shapes
        ):
            wrong.append(f"{module}: {function}")
    assert wrong == []


def test_the_data_of_events_is_described_key_by_key() -> None:
    described = [row[0] for row in table(section(REFERENCE / "events.md", "Data"))]
    assert described == sorted({key for kind in EVENT_KINDS for key in source.keys_of(kind)})


# States


@pytest.mark.parametrize("enum", reference.ENUMS, ids=lambda enum: enum.__name__)
def test_every_value_of_a_state_says_what_it_means(enum: type) -> None:
    assert [name for name, comment in source.member_comments(enum).items() if not comment] == []


def test_what_follows_from_an_outcome_is_told_for_each() -> None:
    from headway.nouns import Outcome

    rows = table(section(REFERENCE / "states.md", "Outcomes").partition("What follows")[2])
    told = [name for row in rows for name in re.findall(r"\w+", row[0])]
    assert sorted(told) == sorted(each.value for each in Outcome)


# Tickets


def test_tickets_that_pages_show_can_be_read() -> None:
    shown = [
        block
        for page in pages()
        for block in blocks(page)
        if block.language in ("yaml", "json") and re.search(r"\bid\W+ *\S", block.text) and not block.mark
    ]
    assert len(shown) >= 3
    for block in shown:
        read_document(block.text, block.where, json=block.language == "json")


def test_the_limits_of_tickets_are_those_of_the_reader() -> None:
    told = " ".join((REFERENCE / "tickets.md").read_text().split())
    assert f"1 to {rules.MOST_ID} characters" in told
    assert f"at most {rules.MOST_TITLE} characters" in told
    assert f"the same, at most {rules.MOST_NAME} characters" in told
    assert f"at most {rules.MOST_PATH} characters" in told
    assert f"at most {MOST_BYTES // 2**20} MiB" in told
    assert f"At most {MOST_FILES:,} files" in told


def test_the_words_of_trackers_are_those_of_the_reader() -> None:
    text = section(REFERENCE / "tickets.md", "Folders of Markdown")
    rows = re.findall(r"^  \| (`.+?`) \| `(\w+)`", text, re.MULTILINE)
    assert {name: key for names, key in rows for name in re.findall(r"`(\w+)`", names)} == TRACKERS_NAMES
    told: dict[str, str] = {}
    priorities = (
        " ".join(text.split()).partition("Priorities of trackers are understood: ")[2].partition(". Any")[0]
    )
    for clause in priorities.split(";"):
        priority = clause.split()[-1]
        told |= {name.lower(): priority for name in re.findall(r"`(\w+)`", clause)}
    assert told == _PRIORITIES


# Agents


def test_every_placeholder_of_commands_is_described() -> None:
    rows = table(section(REFERENCE / "agents.md", "Placeholders"))
    assert [row[0] for row in rows] == [f"{{{name}}}" for name in (*PLACEHOLDERS, SESSION)]


def test_the_template_that_is_shown_can_be_used() -> None:
    template = next(b.text for b in blocks(REFERENCE / "agents.md") if "{if again}" in b.text)
    check_template(template, "agents.md")


def test_every_event_format_is_named() -> None:
    text = section(REFERENCE / "agents.md", "Event formats")
    assert [name for name in FORMATS if f"`{name}`" not in text] == []


def test_the_keys_of_json_events_are_those_of_the_reader() -> None:
    rows = table(section(REFERENCE / "agents.md", "Event formats"))
    told = {first: tuple(re.findall(r"`?(\w+)`?", more)) for first, more, _ in rows}
    for keys in (json_lines._EVENT, json_lines._SESSION, json_lines._PATH, json_lines._TEXT):
        assert told[keys[0]] == keys[1:]
    text = section(REFERENCE / "agents.md", "Event formats")
    edits = text.partition("- An edit is ")[2].partition(".\n")[0]
    assert set(re.findall(r"`(\w+)`", edits)) == json_lines._EDITS
    ends = text.partition("- The end is ")[2].partition(". ")[0]
    assert set(re.findall(r"`(\w+)`", ends)) == json_lines._ENDS


def test_the_json_events_that_are_shown_mean_what_is_said() -> None:
    shown = next(b.text for b in blocks(REFERENCE / "agents.md") if '"event": "begin"' in b.text)
    reader = StreamReader("json")
    reader.feed(shown.encode())
    assert (reader.session, reader.edited, reader.messages) == (
        "s-1",
        {"src/a.py"},
        ["the model refuses: 529"],
    )
    usage = reader.usage
    assert (usage.input_tokens, usage.output_tokens, usage.cached_tokens) == (1200, 340, 900)
    assert (usage.cost, usage.turns) == (0.012, 3)


def test_the_variables_that_headway_sets_are_described() -> None:
    named = {name for path in source.modules() for _, text in source.texts(path) for name in _variables(text)}
    text = (REFERENCE / "agents.md").read_text()
    assert [name for name in sorted(named) if f"`{name}" not in text] == []


def _variables(text: str) -> list[str]:
    return re.findall(r"^(HEADWAY_[A-Z_]+|TRACEPARENT)$", text)


# The store


def test_every_table_of_the_store_is_described_column_by_column() -> None:
    page = REFERENCE / "store.md"
    described = re.findall(r"^### (\w+)$", page.read_text(), re.MULTILINE)
    assert described == [each.name for each in metadata.tables.values()]
    for each in metadata.tables.values():
        rows = [(name, type_) for name, type_, _ in table(section(page, each.name))]
        assert rows == [(c.name, _type(c.type) + (" or null" if c.nullable else "")) for c in each.columns], (
            each.name
        )


def _type(type_: object) -> str:
    names = {JSON: "json", Double: "real", BigInteger: "integer", Integer: "integer", Text: "text"}
    return next(name for kind, name in names.items() if isinstance(type_, kind))


# JSON


def test_every_command_that_speaks_json_shows_it() -> None:
    marks = [block.mark for block in blocks(REFERENCE / "command-line.md")]
    shown = {mark.removeprefix("json: ") for mark in marks if mark.startswith("json: ")}
    speaks = {name for name, command in command_line().items() if "json" in {p.name for p in command.params}}
    as_another_does = {"resume", "watch", "demo", "retry"}
    assert shown == (speaks - as_another_does) | {"run end", "run --detach", "conflicts ID"}


def test_json_that_pages_show_is_json() -> None:
    for page in pages():
        for block in blocks(page):
            if block.language == "json":
                assert json_values(block.text), block.where


def test_yaml_that_pages_show_is_yaml() -> None:
    for page in pages():
        for block in blocks(page):
            if block.language == "yaml":
                assert yaml.safe_load(block.text), block.where
