"""Real code to make pairs from: the folders of the workloads and the standard library."""

from __future__ import annotations

import ast
import re
import subprocess
import sysconfig
import unittest
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

#: Packages of the standard library that are projects of their own, and some of its modules as one more.
PACKAGES = (
    "json",
    "email",
    "http",
    "logging",
    "asyncio",
    "concurrent",
    "unittest",
    "urllib",
    "xml",
    "importlib",
    "html",
)
MODULES = (
    *(
        "argparse",
        "ast",
        "bdb",
        "calendar",
        "cmd",
        "code",
        "codeop",
        "configparser",
        "contextlib",
        "csv",
        "dataclasses",
    ),
    *(
        "difflib",
        "doctest",
        "enum",
        "fileinput",
        "fractions",
        "ftplib",
        "gettext",
        "glob",
        "gzip",
        "hmac",
        "imaplib",
    ),
    *(
        "inspect",
        "ipaddress",
        "mailbox",
        "mimetypes",
        "netrc",
        "optparse",
        "pathlib",
        "pdb",
        "pickle",
        "plistlib",
    ),
    *(
        "poplib",
        "pprint",
        "profile",
        "queue",
        "random",
        "sched",
        "selectors",
        "shelve",
        "shlex",
        "shutil",
        "smtplib",
    ),
    *(
        "socketserver",
        "statistics",
        "string",
        "tarfile",
        "tempfile",
        "textwrap",
        "threading",
        "timeit",
        "tokenize",
    ),
    *("trace", "traceback", "typing", "uuid", "warnings", "wave", "weakref", "zipfile"),
)


#: Names of theirs are written for other things too, so that renaming them everywhere would break these.
_EVERYWHERE = (str, bytes, list, dict, set, int, object, re, unittest.TestCase)


@dataclass(frozen=True, slots=True)
class Target:
    """A definition that an edit is about."""

    path: str
    #: Name of the class that holds it; empty for a module's own.
    holder: str
    name: str
    node: ast.FunctionDef | ast.ClassDef | ast.Assign

    @property
    def lines(self) -> tuple[int, int]:
        """First line (decorators included), line after the last, from 0."""
        decorators = getattr(self.node, "decorator_list", [])
        first = min([self.node.lineno, *(d.lineno for d in decorators)]) - 1
        return first, self.node.end_lineno or self.node.lineno


@dataclass
class Project:
    """One real project: its files, and what its Python defines."""

    name: str
    files: dict[str, str]
    #: Where its packages begin.
    root: str = ""
    _dotted: dict[str, str] = field(default_factory=dict)

    @cached_property
    def trees(self) -> dict[str, ast.Module]:
        """The modules that parse."""
        found = {}
        for path, text in self.files.items():
            if path.endswith(".py"):
                try:
                    with warnings.catch_warnings():
                        warnings.simplefilter("ignore")
                        found[path] = ast.parse(text)
                except SyntaxError:
                    continue
        return found

    @cached_property
    def defined(self) -> Counter[str]:
        """How many places make each name, of whatever kind."""
        found: Counter[str] = Counter()
        for tree in self.trees.values():
            for node in ast.walk(tree):
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                    found[node.name] += 1
                elif isinstance(node, ast.arg):
                    found[node.arg] += 1
                elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    found[node.id] += 1
                elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                    found[node.attr] += 1
        return found

    def dotted(self, path: str) -> str:
        """A module's name for who imports it."""
        inside = path.removeprefix(f"{self.root}/" if self.root else "").removesuffix(".py")
        return inside.removesuffix("/__init__").replace("/", ".")

    @cached_property
    def importable(self) -> list[str]:
        """The modules that a dotted name leads to."""
        found = []
        for path in self.trees:
            words = self.dotted(path).split(".")
            ancestors = ["/".join(filter(None, (self.root, *words[:n]))) for n in range(1, len(words))]
            if all(word.isidentifier() for word in words) and all(
                f"{a}/__init__.py" in self.files for a in ancestors
            ):
                found.append(path)
        return found

    def _unique(self, name: str) -> bool:
        is_own = self.defined[name] == 1 and not any(hasattr(each, name) for each in _EVERYWHERE)
        return is_own and len(name) >= 4 and not name.startswith(("__", "test"))

    @cached_property
    def functions(self) -> list[Target]:
        """Module-level functions whose name nothing else in the project has."""
        return [
            Target(path, "", node.name, node)
            for path in self.importable
            for node in self.trees[path].body
            if isinstance(node, ast.FunctionDef) and not node.decorator_list and self._unique(node.name)
        ]

    @cached_property
    def classes(self) -> list[Target]:
        """Module-level classes of a unique name."""
        return [
            Target(path, "", node.name, node)
            for path in self.importable
            for node in self.trees[path].body
            if isinstance(node, ast.ClassDef) and not node.decorator_list and self._unique(node.name)
        ]

    @cached_property
    def methods(self) -> list[Target]:
        """Methods of module-level classes, of a unique name."""
        return [
            Target(cls.path, cls.name, node.name, node)
            for cls in self.classes
            for node in cls.node.body  # type: ignore[union-attr]
            if isinstance(node, ast.FunctionDef)
            and not node.decorator_list
            and node.args.args
            and self._unique(node.name)
        ]

    @cached_property
    def whole_methods(self) -> list[Target]:
        """Those of classes that inherit from nothing outside the project: what is removed of them is nowhere else."""
        own = {cls.name: cls.node for cls in self.classes}

        def is_whole(node: ast.AST) -> bool:
            assert isinstance(node, ast.ClassDef)
            names = [b.id if isinstance(b, ast.Name) else "" for b in node.bases]
            return not node.keywords and all(n == "object" or (n in own and is_whole(own[n])) for n in names)

        return [method for method in self.methods if is_whole(own[method.holder])]

    @cached_property
    def constants(self) -> list[Target]:
        """Module-level names that are assigned once, and in one line."""
        return [
            Target(path, "", node.targets[0].id, node)
            for path in self.importable
            for node in self.trees[path].body
            if isinstance(node, ast.Assign)
            and len(node.targets) == 1
            and isinstance(node.targets[0], ast.Name)
            and node.lineno == node.end_lineno
            and self._unique(node.targets[0].id)
        ]

    def mentions(self, name: str) -> list[str]:
        """The files in which a name is written."""
        pattern = re.compile(rf"\b{re.escape(name)}\b")
        return [
            path
            for path, text in self.files.items()
            if path.endswith(".py") and name in text and pattern.search(text)
        ]


def standard_library() -> Iterator[Project]:
    """The projects of the standard library of the Python that runs this."""
    home = Path(sysconfig.get_paths()["stdlib"])
    for package in PACKAGES:
        files = {
            f"src/{path.relative_to(home)}": path.read_text("utf-8", "replace")
            for path in sorted((home / package).rglob("*.py"))
            if "test" not in path.parts and "__pycache__" not in path.parts
        }
        yield Project(f"stdlib {package}", files, "src")
    files = {
        f"lib/{name}.py": (home / f"{name}.py").read_text("utf-8", "replace")
        for name in MODULES
        if (home / f"{name}.py").exists()
    }
    yield Project("stdlib modules", files, "lib")


def folders(repository: Path, revision: str, most: int) -> Iterator[Project]:
    """The folders of a workload's repository, each a real project; at most ``most``, spread over all."""
    listed = subprocess.run(
        ["git", "-C", str(repository), "ls-tree", "-d", "--name-only", revision],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    step = max(len(listed) // most, 1)
    for folder in listed[::step][:most]:
        files = {
            str(path.relative_to(repository)): path.read_text("utf-8", "replace")
            for path in sorted((repository / folder).rglob("*.py"))
        }
        root = f"{folder}/src" if any(path.startswith(f"{folder}/src/") for path in files) else folder
        yield Project(folder, files, root)
