"""Pairs about what only one can have: dependencies, migrations, routes, flags, ports, and their near misses.

Real projects hardly have all of these, so a small part that has one is put beside a real project's code.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from benchmarks.symbol_pairs.pair import Maker, Pair, Sides
from benchmarks.symbol_pairs.projects import Project
from headway.conflicts.symbols import Kind

_NAMES = (
    "httpx",
    "orjson",
    "redis",
    "celery",
    "lxml",
    "pillow",
    "numpy",
    "boto3",
    "attrs",
    "jinja2",
    "zope.interface",
)


def _in(project: Project, path: str) -> str:
    return f"{project.root}/{path}" if project.root else path


# -- dependencies ----------------------------------------------------------------------------------------------------


def _manifest(rng: random.Random, name: str, spec: str) -> tuple[str, str, str]:
    """A manifest: its path, what it says before, what it says with the dependency."""
    way = rng.randrange(5)
    if way == 0:
        return "requirements.txt", "flask==3.0.0\nwerkzeug>=3\n", f"flask==3.0.0\nwerkzeug>=3\n{name}{spec}\n"
    if way == 1:
        before = '[project]\nname = "shop"\nversion = "1"\ndependencies = [\n  "flask>=3",\n]\n'
        return (
            "pyproject.toml",
            before,
            before.replace('  "flask>=3",\n', f'  "flask>=3",\n  "{name} {spec}",\n'),
        )
    if way == 2:
        before = "[metadata]\nname = shop\n\n[options]\ninstall_requires =\n    flask>=3\n"
        return "setup.cfg", before, f"{before}    {name}{spec}\n"
    if way == 3:
        before = 'from setuptools import setup\n\nsetup(\n    name="shop",\n    install_requires=[\n        "flask>=3",\n    ],\n)\n'
        return "setup.py", before, before.replace("    ],", f'        "{name}{spec}",\n    ],')
    return "requirements/base.txt", "# pinned\nflask==3.0.0\n", f"# pinned\n{name}{spec}\nflask==3.0.0\n"


def _dependency(
    rng: random.Random,
    project: Project,
    one: tuple[str, str],
    other: tuple[str, str],
    maker: str,
    *kinds: Kind,
) -> Pair | None:
    """One side adds a dependency to one list of the project, the other to another list."""
    for _ in range(20):
        first, second = _manifest(rng, *one), _manifest(rng, *other)
        if first[0] != second[0]:
            break
    else:
        return None
    left, right = _in(project, first[0]), _in(project, second[0])
    sides = Sides(project, {left: first[1], right: second[1]})
    sides.left[left], sides.right[right] = first[2], second[2]
    return sides.pair(maker, *kinds, name=one[0].replace(".", "-") if kinds else "")


def pinned_apart(rng: random.Random, project: Project) -> Pair | None:
    specs = [
        ("==1.4.2", "==1.5.0"),
        (">=2,<3", "==1.9"),
        ("~=1.4.0", ">=1.5"),
        ("<2", ">=2.1"),
        ("==2.*", "==3.1"),
    ]
    one, other = rng.choice(specs)
    name = rng.choice(_NAMES)
    return _dependency(rng, project, (name, one), (name, other), "dependency", Kind.DEPENDENCY)


def pinned_npm(rng: random.Random, project: Project) -> Pair | None:
    one, other = rng.choice(
        [("^1.2.0", "^2.0.0"), ("4.17.21", "4.17.20"), ("~1.2.3", ">=1.3.0"), ("1.x", "2.x")]
    )
    base = '{\n  "name": "shop",\n  "dependencies": {\n    "react": "^18.0.0"\n  },\n  "scripts": {\n    "a": "b",\n    "c": "d"\n  },\n  "devDependencies": {\n    "vite": "^5.0.0"\n  }\n}\n'
    path = _in(project, "package.json")
    sides = Sides(project, {path: base})
    sides.left[path] = base.replace('    "react"', f'    "lodash": "{one}",\n    "react"')
    sides.right[path] = base.replace('    "vite"', f'    "lodash": "{other}",\n    "vite"')
    return sides.pair("dependency (npm)", Kind.DEPENDENCY, name="lodash")


def pinned_go(rng: random.Random, project: Project) -> Pair | None:
    base = "module example.org/shop\n\ngo 1.22\n\nrequire (\n\tgithub.com/a/b v1.0.0\n)\n\n// tools\n\nrequire (\n\tgithub.com/c/d v1.2.0\n)\n"
    path = _in(project, "go.mod")
    sides = Sides(project, {path: base})
    sides.left[path] = base.replace(
        "\tgithub.com/a/b v1.0.0\n", "\tgithub.com/a/b v1.0.0\n\tgithub.com/x/y v1.4.0\n"
    )
    sides.right[path] = base.replace(
        "\tgithub.com/c/d v1.2.0\n", "\tgithub.com/c/d v1.2.0\n\tgithub.com/x/y v1.6.2\n"
    )
    return sides.pair("dependency (go)", Kind.DEPENDENCY, name="github.com/x/y")


def pinned_alike(rng: random.Random, project: Project) -> Pair | None:
    one, other = rng.choice(
        [("==1.4.2", "==1.4.2"), (">=1.2", ">=1.4"), ("~=1.4", "==1.5.2"), ("", ">=2"), ("<3", "==2.9")]
    )
    name = rng.choice(_NAMES)
    return _dependency(rng, project, (name, one), (name, other), "near: dependency, one version meets both")


def pinned_others(rng: random.Random, project: Project) -> Pair | None:
    one, other = rng.sample(_NAMES, 2)
    return _dependency(rng, project, (one, "==1.0"), (other, "==2.0"), "near: different dependencies")


def pinned_in_other_projects(rng: random.Random, project: Project) -> Pair | None:
    name = rng.choice(_NAMES)
    one, other = _in(project, "services/a/requirements.txt"), _in(project, "services/b/requirements.txt")
    sides = Sides(project, {one: "flask\n", other: "flask\n"})
    sides.left[one], sides.right[other] = f"flask\n{name}==1.0\n", f"flask\n{name}==2.0\n"
    return sides.pair("near: dependency of two different projects")


# -- migrations ------------------------------------------------------------------------------------------------------


def _alembic(revision: str, down: str | None) -> str:
    return (
        f'"""Change."""\n\nrevision = "{revision}"\ndown_revision = {down!r}\n\n\ndef upgrade():\n    pass\n'
    )


def _django(app: str, after: str) -> str:
    return (
        "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n"
        f'    dependencies = [("{app}", "{after}")]\n    operations = []\n'
    )


def same_migration(rng: random.Random, project: Project) -> Pair | None:
    way = rng.randrange(3)
    if way == 0:
        folder = _in(project, "alembic/versions")
        sides = Sides(project, {f"{folder}/a1_first.py": _alembic("a1", None)})
        sides.left[f"{folder}/b2_users.py"] = _alembic("b2", "a1")
        sides.right[f"{folder}/c3_orders.py"] = _alembic("c3", "a1")
        return sides.pair("migration (Alembic)", Kind.MIGRATION, name="a1")
    if way == 1:
        folder = _in(project, "shop/migrations")
        sides = Sides(
            project, {f"{folder}/0001_initial.py": _django("shop", "0000_x"), f"{folder}/__init__.py": ""}
        )
        sides.left[f"{folder}/0002_users.py"] = _django("shop", "0001_initial")
        sides.right[f"{folder}/0002_orders.py"] = _django("shop", "0001_initial")
        return sides.pair("migration (Django)", Kind.MIGRATION, name="shop 0002")
    folder, form = rng.choice(
        [("db/migrations", "V{}__{}.sql"), ("sql", "{:0>4}_{}.sql"), ("migrate", "{:0>3}-{}.up.sql")]
    )
    folder = _in(project, folder)
    sides = Sides(
        project,
        {
            f"{folder}/{form.format(1, 'first')}": "SELECT 1;\n",
            f"{folder}/{form.format(2, 'second')}": "SELECT 2;\n",
        },
    )
    sides.left[f"{folder}/{form.format(3, 'users')}"] = "SELECT 3;\n"
    sides.right[f"{folder}/{form.format(3, 'orders')}"] = "SELECT 4;\n"
    return sides.pair("migration (numbered)", Kind.MIGRATION, name="3")


def other_migration(rng: random.Random, project: Project) -> Pair | None:
    way = rng.randrange(4)
    if way == 0:
        folder = _in(project, "alembic/versions")
        base = {f"{folder}/a1_first.py": _alembic("a1", None), f"{folder}/a2_other.py": _alembic("a2", None)}
        sides = Sides(project, base)
        sides.left[f"{folder}/b2_users.py"] = _alembic("b2", "a1")
        sides.right[f"{folder}/c3_orders.py"] = _alembic("c3", "a2")
    elif way == 1:
        one, other = _in(project, "shop/migrations"), _in(project, "stock/migrations")
        sides = Sides(
            project,
            {
                f"{one}/0001_initial.py": _django("shop", "x"),
                f"{other}/0001_initial.py": _django("stock", "x"),
            },
        )
        sides.left[f"{one}/0002_users.py"] = _django("shop", "0001_initial")
        sides.right[f"{other}/0002_orders.py"] = _django("stock", "0001_initial")
    elif way == 2:
        folder = _in(project, "db/migrations")
        sides = Sides(project, {f"{folder}/0001_first.sql": "SELECT 1;\n"})
        sides.left[f"{folder}/0002_users.sql"] = "SELECT 3;\n"
        sides.right[f"{folder}/0003_orders.sql"] = "SELECT 4;\n"
    else:
        folder = _in(project, "docs/decisions")
        sides = Sides(project, {f"{folder}/0001-begin.md": "# Begin\n"})
        sides.left[f"{folder}/0002-users.md"] = "# Users\n"
        sides.right[f"{folder}/0002-orders.md"] = "# Orders\n"
    return sides.pair("near: migrations at different places")


# -- routes ----------------------------------------------------------------------------------------------------------

_FLASK = """\
from flask import Blueprint, Flask

app = Flask(__name__)
pages = Blueprint("pages", __name__)
more = Blueprint("more", __name__)


@app.route("/")
def home():
    return "home"


def between_one():
    return 1


def between_two():
    return 2


@app.route("/about")
def about():
    return "about"
"""
_FASTAPI = (
    _FLASK.replace("from flask import Blueprint, Flask", "from fastapi import APIRouter, FastAPI")
    .replace("Flask(__name__)", "FastAPI()")
    .replace('Blueprint("pages", __name__)', "APIRouter()")
    .replace('Blueprint("more", __name__)', "APIRouter()")
    .replace("@app.route(", "@app.get(")
)


def _routes(
    rng: random.Random, project: Project, one: str, other: str, *, is_flask: bool, apart: bool
) -> Sides:
    path = _in(project, "shop_app.py")
    base = _FLASK if is_flask else _FASTAPI
    sides = Sides(project, {path: base})
    sides.left[path] = base.replace("def between_one", f"{one}\n\n\ndef between_one")
    if apart:
        names = "app, pages, more"
        sides.right[_in(project, "shop_more.py")] = f"from shop_app import {names}\n\n\n{other}\n"
    else:
        sides.append(path, f"\n\n{other}\n")
    return sides


def same_route(rng: random.Random, project: Project) -> Pair | None:
    is_flask, apart = rng.random() < 0.5, rng.random() < 0.5
    number = rng.randrange(1000)
    owner = rng.choice(["app", "pages"])
    if is_flask:
        one = f'@{owner}.route("/users/<int:id>")\ndef user_{number}(id):\n    return id'
        other = f'@{owner}.route("/users/<int:number>", methods=["GET", "POST"])\ndef show_{number}(number):\n    return number'
        name = "/users"
    else:
        one = f'@{owner}.post("/users/{{id}}")\ndef user_{number}(id):\n    return id'
        other = f'@{owner}.post("/users/{{number}}")\nasync def show_{number}(number):\n    return number'
        name = "/users"
    return _routes(rng, project, one, other, is_flask=is_flask, apart=apart).pair(
        "route", Kind.ROUTE, name=name
    )


def same_endpoint(rng: random.Random, project: Project) -> Pair | None:
    one = '@app.route("/users")\ndef list_things():\n    return 1'
    other = '@app.route("/orders")\ndef list_things():\n    return 2'
    sides = _routes(rng, project, one, other, is_flask=True, apart=True)
    return sides.pair("route: the same endpoint", Kind.ROUTE, name="list_things")


def other_route(rng: random.Random, project: Project) -> Pair | None:
    is_flask = rng.random() < 0.5
    number = rng.randrange(1000)
    if is_flask:
        one, other = rng.choice(
            [
                ('@app.route("/users", methods=["GET"])', '@app.route("/users", methods=["POST"])'),
                ('@pages.route("/users")', '@more.route("/users")'),
                ('@app.route("/users/<int:id>")', '@app.route("/users/<name>")'),
            ]
        )
    else:
        one, other = rng.choice(
            [
                ('@app.get("/users")', '@app.post("/users")'),
                ('@pages.get("/users")', '@more.get("/users")'),
                ('@app.get("/users/{id}")', '@app.get("/users/{id}/orders")'),
            ]
        )
    sides = _routes(
        rng,
        project,
        f"{one}\ndef first_{number}(id=None):\n    return id",
        f"{other}\ndef second_{number}(id=None):\n    return id",
        is_flask=is_flask,
        apart=rng.random() < 0.5,
    )
    return sides.pair("near: another method, router or path")


def routes_of_two_tests(rng: random.Random, project: Project) -> Pair | None:
    path = _in(project, "tests/test_shop.py")
    base = "import flask\n\n\ndef test_a():\n    assert 1\n\n\ndef test_b():\n    assert 2\n\n\ndef test_c():\n    assert 3\n"
    text = '\n\ndef test_{n}():\n    app = flask.Flask(__name__)\n\n    @app.route("/")\n    def index():\n        return "x"\n\n    assert app\n'
    sides = Sides(project, {path: base})
    sides.left[path] = base.replace("\n\ndef test_b", text.format(n="one") + "\n\ndef test_b")
    sides.append(path, text.format(n="two"))
    return sides.pair("near: the same route on two apps")


# -- flags -----------------------------------------------------------------------------------------------------------

_ARGPARSE = """\
import argparse


def build():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    run = commands.add_parser("run")
    run.add_argument("--fast")
    check = commands.add_parser("check")
    check.add_argument("--all")
    parser.add_argument("--verbose")
    parser.set_defaults(a=1)
    parser.set_defaults(b=2)
    parser.add_argument("--quiet")
    return parser
"""
_CLICK = """\
import click


@click.command()
@click.option("--verbose")
@click.argument("name")
@click.option("--quiet")
def run(name, **more):
    print(name)


@click.command()
@click.option("--all")
def check(**more):
    print(more)
"""


def same_flag(rng: random.Random, project: Project) -> Pair | None:
    path = _in(project, "shop_cli.py")
    if rng.random() < 0.5:
        base = _ARGPARSE
        left = base.replace(
            '    parser.add_argument("--verbose")\n',
            '    parser.add_argument("--verbose")\n    parser.add_argument("--output", "-o")\n',
        )
        new = rng.choice(['parser.add_argument("--output", type=int)', 'parser.add_argument("-o", "--only")'])
        right = base.replace("    return parser", f"    {new}\n    return parser")
        name = "--output" if "--output" in new else "-o"
    else:
        base = _CLICK
        left = base.replace(
            '@click.option("--verbose")\n', '@click.option("--verbose")\n@click.option("--output")\n'
        )
        right = base.replace(
            '@click.option("--quiet")\n', '@click.option("--quiet")\n@click.option("--output", default=1)\n'
        )
        name = "--output"
    sides = Sides(project, {path: base})
    sides.left[path], sides.right[path] = left, right
    return sides.pair("flag", Kind.FLAG, name=name)


def same_typer_flag(rng: random.Random, project: Project) -> Pair | None:
    path = _in(project, "shop_cli.py")
    base = (
        "import typer\n\napp = typer.Typer()\n\n\n@app.command()\ndef run(\n    name: str,\n"
        '    verbose: bool = typer.Option(False, "--verbose"),\n    depth: int = 3,\n    width: int = 4,\n'
        '    quiet: bool = typer.Option(False, "--quiet"),\n):\n    print(name)\n'
    )
    sides = Sides(project, {path: base})
    sides.left[path] = base.replace(
        "    depth: int", '    output: str = typer.Option("", "--output"),\n    depth: int'
    )
    sides.right[path] = base.replace(
        "):\n    print", '    out: str = typer.Option("", "--output", "-o"),\n):\n    print'
    )
    return sides.pair("flag (typer)", Kind.FLAG, name="--output")


def other_flag(rng: random.Random, project: Project) -> Pair | None:
    path = _in(project, "shop_cli.py")
    if rng.random() < 0.5:
        base = _ARGPARSE
        left = base.replace(
            '    run.add_argument("--fast")\n',
            '    run.add_argument("--fast")\n    run.add_argument("--output")\n',
        )
        right = base.replace(
            '    parser.add_argument("--quiet")\n',
            '    parser.add_argument("--quiet")\n    check.add_argument("--output")\n',
        )
    else:
        base = _CLICK
        left = base.replace(
            '@click.option("--verbose")\n', '@click.option("--verbose")\n@click.option("--output")\n'
        )
        right = base.replace(
            '@click.option("--all")\n', '@click.option("--all")\n@click.option("--output")\n'
        )
    sides = Sides(project, {path: base})
    sides.left[path], sides.right[path] = left, right
    return sides.pair("near: the same flag of two commands")


# -- ports -----------------------------------------------------------------------------------------------------------


def same_port(rng: random.Random, project: Project) -> Pair | None:
    port = rng.choice([8081, 9001, 7070, 5050])
    ways = [
        ("settings_a.py", f"METRICS_PORT = {port}\n", "settings_b.py", f"ADMIN_PORT = {port}\n"),
        (
            "metrics.py",
            f'from http.server import HTTPServer\n\nHTTPServer(("", {port}), None)\n',
            "settings_b.py",
            f"ADMIN_PORT = {port}\n",
        ),
        (".env.metrics", f"METRICS_PORT={port}\n", "settings_b.py", f"ADMIN_PORT = {port}\n"),
        (
            "metrics.py",
            f"def main(app):\n    app.run(port={port})\n",
            "admin.py",
            f"def main(web):\n    web.run_app(None, port={port})\n",
        ),
    ]
    one, first, other, second = rng.choice(ways)
    sides = Sides(project)
    sides.left[_in(project, one)], sides.right[_in(project, other)] = first, second
    return sides.pair("port", Kind.PORT, name=str(port))


def same_port_of_compose(rng: random.Random, project: Project) -> Pair | None:
    path = _in(project, "docker-compose.yml")
    base = 'services:\n  web:\n    image: web\n    ports:\n      - "8000:8000"\n\n  db:\n    image: db\n\n  cache:\n    image: cache\n'
    sides = Sides(project, {path: base})
    sides.left[path] = base.replace(
        "\n  db:", '\n  metrics:\n    image: m\n    ports:\n      - "9100:9100"\n\n  db:'
    )
    sides.append(path, '\n  admin:\n    image: a\n    ports:\n      - "9100:80"\n')
    return sides.pair("port (compose)", Kind.PORT, name="9100")


def other_port(rng: random.Random, project: Project) -> Pair | None:
    ways = [
        ("settings_a.py", "METRICS_PORT = 9001\n", "settings_b.py", "ADMIN_PORT = 9002\n"),
        ("settings_a.py", "DB_PORT = 5432\n", "settings_b.py", "POSTGRES_PORT = 5432\n"),
        ("tests/test_a.py", "PORT = 9001\n", "tests/test_b.py", "OTHER_PORT = 9001\n"),
        (
            "settings_a.py",
            "REPORT = 9001\nTIMEOUT = 8081\n",
            "settings_b.py",
            "IMPORT_LIMIT = 9001\nLIMIT = 8081\n",
        ),
    ]
    one, first, other, second = rng.choice(ways)
    sides = Sides(project)
    sides.left[_in(project, one)], sides.right[_in(project, other)] = first, second
    return sides.pair("near: another port, or none that is taken")


BREAKS: Sequence[Maker] = (
    pinned_apart,
    pinned_npm,
    pinned_go,
    same_migration,
    same_route,
    same_endpoint,
    same_flag,
    same_typer_flag,
    same_port,
    same_port_of_compose,
)
NEAR: Sequence[Maker] = (
    pinned_alike,
    pinned_others,
    pinned_in_other_projects,
    other_migration,
    other_route,
    routes_of_two_tests,
    other_flag,
    other_port,
)
