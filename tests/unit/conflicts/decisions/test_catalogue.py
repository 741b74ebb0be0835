"""The catalogue is sound, and a repository's own topics are added to it or told with file and line."""

from itertools import pairwise
from pathlib import Path

import pytest

from headway.conflicts.decisions import built_in, contradiction, read_catalogue
from headway.conflicts.decisions.catalogue import LANGUAGES, MEASURES, SEVERITIES
from headway.errors import SettingsError
from headway.nouns import Decision

TOPICS = list(built_in().topics.values())


def test_it_is_broad() -> None:
    assert len(TOPICS) >= 60
    for language in ("python", "js", "go"):
        assert sum(any(c.language == language for c in t.choices.values()) for t in TOPICS) >= 15


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_topic_is_found_by_its_own_name_and_has_choices_that_exclude_each_other(topic) -> None:  # type: ignore[no-untyped-def]
    assert topic.name in built_in().topics_of(
        tuple(topic.name.replace("-", " ").replace("/", " ").lower().split())
    )
    assert topic.severity in SEVERITIES
    assert (topic.measure in MEASURES) != bool(topic.choices)
    assert {choice.language for choice in topic.choices.values()} <= set(LANGUAGES)
    assert all(choice in topic.choices for pair in topic.together for choice in pair)


@pytest.mark.parametrize("topic", [t for t in TOPICS if t.choices], ids=lambda topic: topic.name)
def test_each_choice_contradicts_each_that_it_excludes(topic) -> None:  # type: ignore[no-untyped-def]
    def decision(name: str, ticket: str) -> Decision:
        return Decision(topic=topic.name, choice=name, ticket=ticket)

    names = list(topic.choices)
    wrong = []
    for one, other in pairwise(names):
        score = contradiction(decision(one, "T-1"), decision(other, "T-2"), built_in()).score
        if (score >= 0.8) is not topic.exclude_each_other(one, other):
            wrong.append((one, other, score))
    assert wrong == []


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_a_file_adds_topics_names_and_choices(tmp_path: Path) -> None:
    file = write(
        tmp_path / "own.toml",
        '["map library"]\nnames = ["maps"]\njs = { leaflet = [], openlayers = ["ol"] }\n'
        '["http client"]\nnames = ["wire"]\n[\'http client\'.python]\nourhttp = ["acme http"]\n'.replace(
            "['http client'.python]", '["http client".python]'
        ),
    )
    catalogue = read_catalogue(file)

    def score(*said: str) -> float:
        a, b = (Decision(topic=t, choice=c) for t, c in (said[:2], said[2:]))
        return contradiction(a, b, catalogue).score

    assert score("maps", "leaflet", "map library", "ol 7") == 1
    assert score("wire", "acme http", "http client", "httpx") == 1


def test_settings_add_alternatives(tmp_path: Path) -> None:
    settings = write(
        tmp_path / "headway.toml", '[decisions.alternatives]\n"map library" = ["leaflet", "openlayers"]\n'
    )
    catalogue = read_catalogue(None, {"map library": ["leaflet", "openlayers"]}, settings=settings)
    assert catalogue.topics["map library"].exclude_each_other("leaflet", "openlayers")


def test_a_topic_can_be_replaced(tmp_path: Path) -> None:
    file = write(tmp_path / "own.toml", '["cache"]\nreplace = true\nany = { a = [], b = [] }\n')
    assert list(read_catalogue(file).topics["cache"].choices) == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ('["a"]\nany = { x = [], y = [] }\ncolour = 1\n', 3, "there is no key 'colour'"),
        ('["a"]\nnames = "b"\nany = { x = [], y = [] }\n', 2, "names must be a list of texts"),
        ('["a"]\nnames = ["b"]\n\nany = { x = 1, y = [] }\n', 4, "any must be a table of choices"),
        ('["a"]\nany = { x = [] }\n', 1, "it needs two choices, or a measure"),
        ('["a"]\nmeasure = "miles"\n', 2, "measure must be one of duration"),
        ('["a"]\nseverity = "bad"\nany = { x = [], y = [] }\n', 2, "severity must be one of high"),
        ('["a"]\nany = { x = [], y = [] }\ntogether = [["x", "z"]]\n', 3, "together names 'z'"),
        ('["a"]\nany = { x = [], y = [] }\ntogether = ["x"]\n', 3, "together must be a list of pairs"),
        ('["a"]\nany = { x = ["!"], y = [] }\n', 2, "any must be a table of choices"),
        (
            '["b"]\nany = { x = [], y = [] }\n["a"]\nreplace = "yes"\nany = { x = [], y = [] }\n',
            4,
            "replace must be",
        ),
        ("a = 1\n", 1, "'a' is not a table"),
        ('["a"]\nany = {\n', 2, ""),
    ],
)
def test_what_is_wrong_is_told_with_file_and_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    file = write(tmp_path / "own.toml", text)
    with pytest.raises(SettingsError) as raised:
        read_catalogue(file)
    told = str(raised.value)
    assert f"{file}:{line}: " in told or (not says and f"{file}:" in told)
    assert says in told


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    file = write(tmp_path / "own.toml", '["a"]\nx = 1\n["b"]\ny = 1\n')
    with pytest.raises(SettingsError) as raised:
        read_catalogue(file)
    assert len(str(raised.value).splitlines()) == 2


def test_alternatives_of_settings_are_told_with_their_line(tmp_path: Path) -> None:
    settings = write(
        tmp_path / "headway.toml", '[decisions.alternatives]\n"tea" = ["green", "black"]\nmap = ["one"]\n'
    )
    with pytest.raises(SettingsError, match=r"headway\.toml:3: map: it needs two choices"):
        read_catalogue(None, {"tea": ["green", "black"], "map": ["one"]}, settings=settings)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="No such file"):
        read_catalogue(tmp_path / "none.toml")
