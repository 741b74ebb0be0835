"""What only one can have: dependencies, migrations, routes, flags, ports."""

from __future__ import annotations

import pytest

from tests.unit.conflicts.symbols.sides import Texts, alarms, conflicts


def kinds(base: Texts, left: Texts, right: Texts) -> list[str]:
    """What is told, by kind."""
    return [kind for kind, _ in alarms(base, left, right)]


# -- dependencies ----------------------------------------------------------------------------------------------------

MANIFESTS = {
    "requirements.txt": "flask==3.0\n",
    "requirements/dev.txt": "pytest==8.0\n",
    "pyproject.toml": '[project]\nname = "x"\ndependencies = [\n  "flask",\n]\n',
    "setup.cfg": "[options]\ninstall_requires =\n    flask\n",
    "setup.py": "from setuptools import setup\n\nsetup(install_requires=[\n    'flask',\n])\n",
}


def asking(path: str, requirement: str) -> dict[str, str | None]:
    """A manifest with one more dependency."""
    text = MANIFESTS[path]
    if path == "pyproject.toml":
        return {path: text.replace('  "flask",\n', f'  "flask",\n  "{requirement}",\n')}
    if path == "setup.cfg":
        return {path: f"{text}    {requirement}\n"}
    if path == "setup.py":
        return {path: text.replace("])", f"    '{requirement}',\n])")}
    return {path: f"{text}{requirement}\n"}


@pytest.mark.parametrize("path", [path for path in MANIFESTS if path != "requirements.txt"])
def test_pins_that_exclude_each_other_in_two_lists_of_a_project(path: str) -> None:
    left, right = asking("requirements.txt", "zope.interface==5.1"), asking(path, "zope_interface==6.0")
    assert alarms(MANIFESTS, left, right) == [("dependency", "zope-interface")]


@pytest.mark.parametrize(
    ("one", "other"), [("==1.2", "==1.2"), (">=1", ">=2"), ("", "==3"), ("<3,>1", "~=2.1")]
)
def test_pins_that_one_version_meets_are_at_most_a_suspicion(one: str, other: str) -> None:
    assert (
        alarms(MANIFESTS, asking("requirements.txt", f"attrs{one}"), asking("setup.cfg", f"attrs{other}"))
        == []
    )


def test_pins_for_different_systems_do_not_meet() -> None:
    left = asking("requirements.txt", 'attrs==1.0; python_version < "3.9"')
    right = asking("setup.cfg", 'attrs==2.0; python_version >= "3.9"')
    assert alarms(MANIFESTS, left, right) == []


def test_a_pin_that_only_one_side_changed_is_not_told() -> None:
    base = {**MANIFESTS, "requirements.txt": "attrs==1.0\n"}
    left = {"requirements.txt": "attrs==1.0\nflask==3.0\n"}
    assert alarms(base, left, asking("setup.cfg", "attrs==2.0")) == []


def test_pins_in_two_tables_of_one_package_json() -> None:
    text = '{\n  "dependencies": {\n    "a": "1"\n  },\n  "scripts": {\n    "x": "y"\n  },\n  "devDependencies": {\n    "b": "1"\n  }\n}\n'
    left = {"package.json": text.replace('"a"', '"lodash": "^4.0.0",\n    "a"')}
    right = {"package.json": text.replace('"b"', '"lodash": "^3.1.0",\n    "b"')}
    assert alarms({"package.json": text}, left, right) == [("dependency", "lodash")]


# -- migrations ------------------------------------------------------------------------------------------------------


def alembic(revision: str, down: str | None) -> str:
    return f"revision: str = {revision!r}\ndown_revision = {down!r}\n"


def test_two_revisions_after_one() -> None:
    base = {"db/versions/a.py": alembic("a", None)}
    assert kinds(base, {"db/versions/b.py": alembic("b", "a")}, {"db/versions/c.py": alembic("c", "a")}) == [
        "migration"
    ]


def test_revisions_after_two_heads_that_were_there() -> None:
    base = {"db/versions/a.py": alembic("a", None), "db/versions/z.py": alembic("z", None)}
    assert kinds(base, {"db/versions/b.py": alembic("b", "a")}, {"db/versions/c.py": alembic("c", "z")}) == []


def django(app: str, after: str) -> str:
    return f"class Migration(migrations.Migration):\n    dependencies = [('{app}', '{after}')]\n"


def test_two_django_migrations_after_one_whatever_their_numbers() -> None:
    base = {"shop/migrations/0001_a.py": django("shop", "x")}
    left = {"shop/migrations/0002_b.py": django("shop", "0001_a")}
    right = {
        "shop/migrations/0002_c.py": django("shop", "0001_a"),
        "shop/migrations/0003_d.py": django("shop", "0002_c"),
    }
    assert alarms(base, left, right) == [("migration", "shop 0002")]


@pytest.mark.parametrize(
    ("left", "right", "told"),
    [
        ("db/migrations/0002_b.sql", "db/migrations/0002_c.sql", ["migration"]),
        ("db/migrations/V2__b.sql", "db/migrations/V2__c.sql", ["migration"]),
        ("db/migrate/2024_b.rb", "db/migrate/2024_c.rb", ["migration"]),
        ("db/migrations/0002_b.sql", "db/migrations/0003_c.sql", []),
        ("a/migrations/0002_b.sql", "b/migrations/0002_c.sql", []),
        ("docs/0002-b.md", "docs/0002-c.md", []),
    ],
)
def test_numbered_files(left: str, right: str, told: list[str]) -> None:
    assert kinds({"x": "y"}, {left: "select 1;\n"}, {right: "select 2;\n"}) == told


# -- routes ----------------------------------------------------------------------------------------------------------

WEB = """\
from flask import Blueprint, Flask

app = Flask(__name__)
pages = Blueprint("pages", __name__)


def one():
    return 1


def two():
    return 2


def three():
    return 3
"""


def routes(one: str, other: str) -> list[tuple[str, str]]:
    """What is told when one side adds a route in the middle and the other one at the end."""
    left = WEB.replace("def two", f"{one}\ndef left_view():\n    return 1\n\n\ndef two")
    right = f"{WEB}\n\n{other}\ndef right_view():\n    return 2\n"
    return alarms({"web.py": WEB}, {"web.py": left}, {"web.py": right})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('@app.route("/x")', '@app.route("/x")'),
        ('@app.route("/x/<int:a>")', '@app.route("/x/<int:b>", methods=["POST", "GET"])'),
        ('@app.get("/x/{a}")', '@app.get("/x/{b}")'),
    ],
)
def test_one_route_of_both_sides(one: str, other: str) -> None:
    assert [kind for kind, _ in routes(one, other)] == ["route"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('@app.route("/x")', '@app.route("/x", methods=["POST"])'),
        ('@app.route("/x")', '@pages.route("/x")'),
        ('@app.get("/x")', '@app.get("/y")'),
        ('@app.route("/x/<int:a>")', '@app.route("/x/<a>")'),
    ],
    ids=["another method", "another router", "another path", "another type"],
)
def test_routes_that_do_not_meet(one: str, other: str) -> None:
    assert routes(one, other) == []


def test_one_endpoint_of_one_app_in_two_files() -> None:
    base = {"web.py": WEB}
    left = {"a.py": "from web import app\n\n\n@app.route('/a')\ndef index():\n    return 1\n"}
    right = {"b.py": "from web import app\n\n\n@app.route('/b')\ndef index():\n    return 2\n"}
    assert alarms(base, left, right) == [("route", "endpoint index")]


# -- flags -----------------------------------------------------------------------------------------------------------

CLI = """\
import argparse


def build():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    run = commands.add_parser("run")
    run.add_argument("--one")
    run.add_argument("--two")
    parser.add_argument("--three")
    parser.add_argument("--four")
    return parser
"""


def flags(one: str, other: str) -> list[tuple[str, str]]:
    """What is told when both sides add a line to the parser."""
    left = CLI.replace('    run.add_argument("--one")\n', f'    run.add_argument("--one")\n    {one}\n')
    right = CLI.replace("    return parser", f"    {other}\n    return parser")
    return alarms({"cli.py": CLI}, {"cli.py": left}, {"cli.py": right})


def test_one_flag_of_one_parser() -> None:
    assert flags('parser.add_argument("--out", "-o")', 'parser.add_argument("--only", "-o")') == [
        ("flag", "-o")
    ]


def test_one_command_of_one_parser() -> None:
    assert flags('commands.add_parser("late")', 'commands.add_parser("late")') == [("flag", "command late")]


def test_one_flag_of_two_parsers() -> None:
    assert flags('run.add_argument("--out")', 'parser.add_argument("--out")') == []


def test_one_option_of_one_click_command() -> None:
    text = "import click\n\n\n@click.command()\n@click.option('--a')\n@click.argument('x')\n@click.option('--b')\ndef run(x, **more):\n    pass\n"
    left = {
        "cli.py": text.replace("@click.option('--a')\n", "@click.option('--a')\n@click.option('--late')\n")
    }
    right = {
        "cli.py": text.replace(
            "@click.option('--b')\n", "@click.option('--b')\n@click.option('--late', default=1)\n"
        )
    }
    assert alarms({"cli.py": text}, left, right) == [("flag", "--late")]


# -- ports -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right", "told"),
    [
        ("METRICS_PORT = 9001\n", "ADMIN_PORT = 9001\n", ["port"]),
        ("METRICS_PORT = 9001\n", "app.run(port=9001)\n", ["port"]),
        ("METRICS_PORT = int(os.environ.get('METRICS_PORT', 9001))\n", "ADMIN_PORT = 9001\n", ["port"]),
        ("DB_PORT = 5432\n", "POSTGRES_PORT = 5432\n", []),
        ("REPORT = 9001\n", "IMPORT = 9001\n", []),
        ("METRICS_PORT = 9001\n", "ADMIN_PORT = 9002\n", []),
    ],
)
def test_ports(left: str, right: str, told: list[str]) -> None:
    assert kinds({"x": "y"}, {"a.py": left}, {"b.py": right}) == told


def test_ports_of_tests_are_free_for_all() -> None:
    assert kinds({"x": "y"}, {"tests/test_a.py": "A_PORT = 9001\n"}, {"b.py": "B_PORT = 9001\n"}) == []


def test_a_port_that_was_known_before_is_not_taken_anew() -> None:
    base = {"web.py": "SERVER_PORT = 9001\n"}
    left = {"web.py": "SERVER_PORT = 9001\nCLIENT_PORT = 9001\n"}
    assert kinds(base, left, {"b.py": "ADMIN_PORT = 9001\n"}) == []


def test_one_port_of_two_services() -> None:
    base = {"docker-compose.yml": "services:\n  a:\n    image: a\n\n  b:\n    image: b\n"}
    left = {
        "docker-compose.yml": 'services:\n  a:\n    image: a\n    ports:\n      - "9100:80"\n\n  b:\n    image: b\n'
    }
    right = {"docker-compose.yml": base["docker-compose.yml"] + '    ports:\n      - "9100:90"\n'}
    assert alarms(base, left, right) == [("port", "port 9100")]


def test_what_is_less_than_sure_says_so() -> None:
    left, right = asking("requirements.txt", "attrs>=1"), asking("setup.cfg", "attrs>=2")
    assert [c.score for c in conflicts(MANIFESTS, left, right)] == [0.5]
