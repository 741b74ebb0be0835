"""Trees and index files are what git and libgit2 make of the same files."""

import os
from pathlib import Path

import pygit2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headway.landing import objects
from headway.landing.objects import EXECUTABLE, FILE, LINK, Entry
from headway.landing.tree_writer import parents_of, parse_index, render_index, render_tree, show, with_changes

NAME = st.sampled_from(["a", "a.b", "a-b", "a0", "B", "z"])
PATH = st.lists(NAME, min_size=1, max_size=3).map("/".join)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> pygit2.Repository:
    return pygit2.init_repository(str(tmp_path_factory.mktemp("repository")), bare=True)


def entry(repository: pygit2.Repository, number: int) -> Entry:
    return Entry((FILE, EXECUTABLE, LINK)[number % 3], repository.create_blob(b"%d" % number))


def without_clashes(files: dict[str, int]) -> dict[str, int]:
    """No path below another one."""
    return {path: number for path, number in files.items() if not parents_of([path]) & files.keys()}


def built(repository: pygit2.Repository, files: dict[str, int]) -> pygit2.Oid:
    index = pygit2.Index()
    for path, number in files.items():
        what = entry(repository, number)
        index.add(pygit2.IndexEntry(path, what.id, pygit2.enums.FileMode(what.mode)))
    return index.write_tree(repository)


FILES = st.dictionaries(PATH, st.integers(0, 5), max_size=8).map(without_clashes)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(before=FILES, after=FILES)
def test_a_tree_with_changes_is_the_tree_of_the_changed_files(
    repository: pygit2.Repository, before: dict[str, int], after: dict[str, int]
) -> None:
    changes: dict[str, Entry | None] = dict.fromkeys(before.keys() - after.keys())
    changes |= {path: entry(repository, n) for path, n in after.items() if before.get(path) != n}
    old, new = built(repository, before), built(repository, after)
    assert with_changes(repository, old, changes) == new


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(names=st.sets(st.binary(min_size=1, max_size=20).filter(lambda n: not set(n) & {0, ord("/")})))
def test_any_bytes_are_a_name(repository: pygit2.Repository, names: set[bytes]) -> None:
    files = {os.fsdecode(name): entry(repository, 1) for name in names}
    empty = repository.TreeBuilder().write()
    tree = with_changes(repository, empty, dict(files))
    assert objects.children(repository, tree) == files
    assert parse_index(render_index(files)) == files


def test_a_directory_is_sorted_as_if_its_name_ended_with_a_slash() -> None:
    id_ = pygit2.Oid(hex="1" * 40)
    tree = render_tree({"a": Entry(objects.TREE, id_), "a.b": Entry(FILE, id_), "a0": Entry(FILE, id_)})
    assert tree.index(b" a.b\0") < tree.index(b" a\0") < tree.index(b" a0\0")


@pytest.mark.parametrize("data", [b"", b"DIRC", b"DIRC\0\0\0\4\0\0\0\0", b"nonsense that is long enough"])
def test_an_index_of_another_kind_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="index file of version"):
        parse_index(data)


def test_libgit2_reads_what_is_rendered(repository: pygit2.Repository, tmp_path: Path) -> None:
    files = {"dir/" + "x" * length: entry(repository, length) for length in range(1, 30)}
    (tmp_path / "index").write_bytes(render_index(files))
    read = {e.path: Entry(e.mode, e.id) for e in pygit2.Index(str(tmp_path / "index"))}
    assert read == files


@given(st.binary().filter(lambda name: 0 not in name))
def test_what_is_shown_is_utf8(name: bytes) -> None:
    show(os.fsdecode(name)).encode()


def test_parents_are_all_directories_above() -> None:
    assert parents_of(["a/b/c", "a/d", "e"]) == {"a", "a/b"}
