"""What an edit decides, read from the file before and after."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.conflicts.decisions import decisions_from, find_contradictions
from headway.nouns import DecisionSource


def read(path: str, old: str | None, new: str | None) -> list[tuple[str, str, str]]:
    found = decisions_from(path, *(None if each is None else each.encode() for each in (old, new)))
    assert all(each.source is DecisionSource.EDIT and each.reason.startswith(path) for each in found)
    return [(each.topic, each.choice, each.scope) for each in found]


def project(*dependencies: str) -> str:
    return f"[project]\ndependencies = {list(dependencies)!r}\n"


# Dependencies


def test_a_new_dependency_decides_on_its_job() -> None:
    assert read("api/pyproject.toml", project("rich"), project("rich", "httpx>=0.27")) == [
        ("http client", "httpx", "api")
    ]


def test_what_a_new_dependency_takes_the_place_of_is_said() -> None:
    assert read("pyproject.toml", project("requests"), project("httpx")) == [
        ("http client", "httpx instead of requests", "")
    ]


def test_another_version_of_a_dependency_is_no_decision() -> None:
    assert read("requirements.txt", "httpx==0.26\n", "httpx==0.27\n") == []


def test_a_dependency_that_may_be_for_several_jobs_decides_on_none() -> None:
    assert read("requirements.txt", "", "redis\npydantic\nruff\n") == []


def test_dependencies_of_javascript_are_found_with_their_scope() -> None:
    new = '{"dependencies": {"axios": "1", "@mui/material": "5"}, "devDependencies": {"vitest": "1"}}'
    assert read("web/package.json", "{}", new) == [
        ("http client", "axios", "web"),
        ("test runner", "vitest", "web"),
    ]


def test_dependencies_of_go_are_found_by_their_path() -> None:
    new = "module x\nrequire (\n\tgithub.com/go-chi/chi/v5 v5.0.0\n\tgo.uber.org/zap v1.27.0\n)\n"
    assert read("go.mod", "module x\n", new) == [
        ("web framework", "chi", ""),
        ("logging library", "zap", ""),
    ]


# Interfaces


def test_a_new_function_decides_whether_it_is_awaited() -> None:
    new = "async def load(): ...\n\nclass Store:\n    def open(self): ...\n    def _close(self): ...\n"
    assert read("src/a.py", "", new) == [
        ("interface `load`", "async def", "src/a.py"),
        ("interface `Store.open`", "def", "src/a.py"),
    ]


def test_what_was_there_is_no_decision() -> None:
    assert read("a.py", "def load(): ...\n", "def load(): return 1\n") == []
    assert read("a.py", "def load(): ...\n", "async def load(): ...\n") == [
        ("interface `load`", "async def", "a.py")
    ]


def test_a_file_that_does_not_parse_decides_nothing() -> None:
    assert read("a.py", "", "def load(:\n") == []


# Tables


def test_a_new_table_of_sql_decides_on_its_columns() -> None:
    new = """-- users
    CREATE TABLE IF NOT EXISTS public."Users" (
        id bigserial PRIMARY KEY, -- the key, always
        price numeric(10, 2) NOT NULL,
        name text,
        UNIQUE (name, price)
    );"""
    assert read("db/1.sql", None, new) == [("columns of `users`", "id, name, price", "")]


def test_new_models_decide_on_their_columns() -> None:
    new = (
        "class User(Base):\n    __tablename__ = 'users'\n    id: Mapped[int] = mapped_column(primary_key=True)\n"
        "    name = Column(String)\n\n"
        "class Order(models.Model):\n    total = models.DecimalField()\n    user = models.ForeignKey('User')\n"
    )
    assert read("shop/models.py", "", new) == [
        ("columns of `users`", "id, name", ""),
        ("columns of `shop_order`", "total, user", ""),
    ]


def test_a_column_added_to_a_table_is_no_decision() -> None:
    assert read("1.sql", "create table a (x int);", "create table a (x int, y int);") == []


# Operations


def test_a_new_route_decides_on_the_path_of_its_operation() -> None:
    python = "@router.post('/orders')\ndef create_order(): ...\n"
    script = "router.post('/order/new', signedIn, createOrder)\n"
    go = 'mux.HandleFunc("/new-order", h.CreateOrder)\n'
    for path, text, choice in (
        ("api/a.py", python, "POST /orders"),
        ("web/a.ts", script, "POST /order/new"),
        ("cmd/a.go", go, "/new-order"),
    ):
        assert ("endpoint of `create_order`", choice, "") in read(path, "", text)


def test_an_operation_with_a_common_name_is_not_compared() -> None:
    assert read("a.ts", "", "router.get('/a', index)\n") == []


# Format, environment


@pytest.mark.parametrize(
    ("path", "new", "expected"),
    [
        ("pyproject.toml", "[tool.ruff]\nline-length = 100\n", [("line length", "100", "*.py")]),
        (
            "a/.editorconfig",
            "[*.{js,ts}]\nindent_style = tab\n",
            [("indentation", "tabs", "a/**/*.js, a/**/*.ts")],
        ),
        (".editorconfig", "[*]\nend_of_line = lf\n", [("line endings", "lf", "*")]),
    ],
)
def test_settings_of_formatters_are_decisions(
    path: str, new: str, expected: list[tuple[str, str, str]]
) -> None:
    assert read(path, "", new) == expected


def test_another_value_of_a_setting_is_a_decision() -> None:
    old, new = ("[tool.black]\nline-length = 88\n", "[tool.black]\nline-length = 100\n")
    assert read("pyproject.toml", old, new) == [("line length", "100", "*.py")]


def test_names_of_environment_variables_are_told_by_what_they_are_for() -> None:
    python = "a = os.environ['DATABASE_URL']\nb = os.getenv('HOME')\n"
    assert read("a.py", "", python) == [("environment variable of `database url`", "DATABASE_URL", "")]
    assert read("a.ts", "", "process.env.DB_DSN") == [
        ("environment variable of `database url`", "DB_DSN", "")
    ]


def test_tests_and_examples_decide_nothing() -> None:
    assert read("tests/test_a.py", "", "async def load_all(): ...\nos.environ['API_KEY']\n") == []


# All of it


def test_edits_of_two_tickets_contradict_each_other() -> None:
    from dataclasses import replace

    edits = {
        "T-1": [
            ("api/pyproject.toml", project(), project("httpx")),
            ("db/1.sql", "", "create table users (id int, name text);"),
            (
                "api/a.py",
                "",
                "@app.post('/orders')\nasync def create_order(): ...\nx = os.environ['DB_URL']\n",
            ),
        ],
        "T-2": [
            ("api/requirements.txt", "", "requests\n"),
            ("db/2.sql", "", "create table users (id int, full_name text);"),
            (
                "api/a.py",
                "",
                "@app.post('/order')\ndef create_order(): ...\nx = os.environ['DATABASE_URL']\n",
            ),
        ],
    }
    decisions = [
        replace(each, ticket=ticket)
        for ticket, files in edits.items()
        for path, old, new in files
        for each in decisions_from(path, old.encode(), new.encode())
    ]
    found = find_contradictions(decisions, threshold=0.8)
    assert sorted(each.context["symbol"] for each in found) == [
        "columns of users",
        "endpoint of create order",
        "environment variable of database url",
        "http client",
        "interface create order",
    ]


def test_the_same_edit_of_two_tickets_contradicts_nothing() -> None:
    from dataclasses import replace

    made = decisions_from("a.py", b"", b"@app.post('/orders')\nasync def create_order(): ...\n")
    assert find_contradictions([replace(each, ticket=t) for t in ("T-1", "T-2") for each in made]) == []


@given(
    st.sampled_from(
        (
            "a.py",
            "package.json",
            "go.mod",
            "a.sql",
            "pyproject.toml",
            ".editorconfig",
            ".prettierrc",
            ".env",
            "a.ts",
            "setup.py",
        )
    ),
    st.one_of(st.none(), st.binary(max_size=200)),
    st.one_of(st.none(), st.binary(max_size=200), st.text(max_size=200).map(str.encode)),
)
def test_any_file_can_be_read(path: str, old: bytes | None, new: bytes | None) -> None:
    decisions_from(path, old, new)
    assert decisions_from(path, new, new) == []


@pytest.mark.timeout(20)  # each takes a fraction of a second, and took minutes with a careless expression
@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.sql", "create table a (x int," * 18_000),
        ("a.sql", "/*" * 190_000 + "create table a (x int)"),
        ("a.ts", ".get('" + "/" * 399_000),
        ("a.ts", ".get('/a', " + "a," * 190_000),
        ("a.ts", "process.env.A_B\n" * 20_000),
        ("a.py", "(" * 390_000),
        ("package.json", "[" * 390_000),
        (".editorconfig", "[*.{" + "a," * 190_000 + "}]\nindent_style=tab\n"),
        ("requirements.txt", "a" * 390_000),
    ],
)
def test_a_hostile_file_takes_no_time(path: str, text: str) -> None:
    decisions_from(path, b"", text.encode())


@pytest.mark.parametrize("path", ["a.py", "a.sql", "a.ts", "package.json"])
def test_large_files_are_passed_over(path: str) -> None:
    assert decisions_from(path, b"", b"create table a (x int);\n" * 100_000) == []
