"""JavaScript, TypeScript and Go: the same questions, by their tables of queries."""

from __future__ import annotations

import pytest

from headway.conflicts.symbols.cache import read_index
from tests.unit.conflicts.symbols.sides import alarms, conflicts

JS = {
    "lib/store.js": "class Store {\n  total (a) { return a }\n}\n\nfunction open (path, mode) { return new Store() }\n\nmodule.exports = { Store, open }\n",
    "lib/main.js": "const { open } = require('./store')\n\nopen(1, 2)\n",
}
TS = {
    "src/store.ts": "export interface Kept {\n  read(): string;\n}\n\nexport abstract class Base {\n  abstract total(): number;\n}\n\n"
    "export function open(path: string, mode = 'r'): Base {\n  return null as any;\n}\n",
}
GO = {
    "go.mod": "module example.org/shop\n",
    "store/store.go": "package store\n\n// Store keeps.\ntype Store struct{ Size int }\n\n// Open opens.\nfunc Open(path string, n int) *Store { return &Store{Size: n} }\n\n"
    "// Total sums.\nfunc (s *Store) Total(a string) int { return s.Size }\n\n// Kept can be read.\ntype Kept interface {\n\tRead() string\n\tClose() error\n}\n",
}


def edited(base: dict[str, str], path: str, old: str, new: str) -> dict[str, str | None]:
    assert old in base[path]
    return {path: base[path].replace(old, new)}


@pytest.mark.parametrize(
    "use",
    [
        "const { open } = require('./store')\n\nopen(1, 2)\n",
        "const store = require('./store.js')\n\nstore.open(1, 2)\n",
        "import { open as begin } from './store'\n\nbegin(1, 2)\n",
        "import * as store from './store'\n\nexport const late = () => store.open(1, 2)\n",
        "export { open } from './store'\nimport { open } from './store'\n",
    ],
)
def test_a_renamed_function_of_a_module(use: str) -> None:
    renamed = {path: text.replace("open", "begin") for path, text in JS.items()}
    assert alarms(JS, renamed, {"lib/late.js": use}) == [("renamed", "open")]


def test_a_renamed_method_of_an_object_that_was_made_here() -> None:
    use = "const { Store } = require('./store')\n\nconst store = new Store()\nstore.total(1)\n"
    assert alarms(JS, edited(JS, "lib/store.js", "total", "sum"), {"lib/late.js": use}) == [
        ("renamed", "Store.total")
    ]


def test_a_call_that_goes_through_unseen_counts_when_its_own_calls_were_changed() -> None:
    use = {"lib/late.js": "const { open } = require('./store')\n\nopen(1, 2)\n"}
    more = edited(JS, "lib/store.js", "(path, mode)", "(path, mode, user)")
    assert [c.score for c in conflicts(JS, more, use)] == [0.6]
    more |= edited(JS, "lib/main.js", "open(1, 2)", "open(1, 2, 3)")
    assert alarms(JS, more, use) == [("signature", "open")]


def test_a_module_that_passes_on_another_breaks_nothing() -> None:
    moved = {"lib/store.js": "module.exports = require('./place')\n", "lib/place.js": JS["lib/store.js"]}
    assert alarms(JS, moved, {"lib/late.js": "const { open } = require('./store')\n\nopen(1, 2)\n"}) == []


def test_a_typed_parameter_says_what_its_methods_are() -> None:
    use = "import { Base } from './store';\n\nexport const late = (base: Base) => base.total();\n"
    assert alarms(TS, edited(TS, "src/store.ts", "total", "sum"), {"src/late.ts": use}) == [
        ("renamed", "Base.total")
    ]


def test_a_class_that_lacks_what_an_interface_has_now() -> None:
    use = "import { Kept } from './store';\n\nclass Late implements Kept {\n  read() {\n    return '';\n  }\n}\n"
    more = edited(TS, "src/store.ts", "  read(): string;\n", "  read(): string;\n  write(): void;\n")
    assert alarms(TS, more, {"src/late.ts": use}) == [("abstract", "Kept.write")]


def test_a_class_that_lacks_what_is_abstract_now() -> None:
    use = "import { Base } from './store';\n\nclass Late extends Base {\n  total() {\n    return 1;\n  }\n}\n"
    more = edited(TS, "src/store.ts", "  abstract total", "  abstract sum(): number;\n  abstract total")
    assert alarms(TS, more, {"src/late.ts": use}) == [("abstract", "Base.sum")]


def test_a_component_is_read_as_tsx() -> None:
    index = read_index(
        "tsx", b"export function Late({ a }: Props) {\n  return <div className='x'>{a}</div>;\n}\n"
    )
    assert index is not None
    assert index.is_whole
    assert index.exports is not None
    assert "Late" in index.exports


def test_a_renamed_function_of_a_package() -> None:
    renamed = edited(GO, "store/store.go", "func Open", "func Begin")
    use = {
        "late/late.go": 'package late\n\nimport "example.org/shop/store"\n\nvar found = store.Open("a", 1)\n'
    }
    assert alarms(GO, renamed, use) == [("renamed", "Open")]


def test_a_package_that_has_moved() -> None:
    moved = {"store/store.go": None, "kept/store.go": GO["store/store.go"]}
    use = {
        "late/late.go": 'package late\n\nimport "example.org/shop/store"\n\nvar found = store.Open("a", 1)\n'
    }
    assert alarms(GO, moved, use) == [("moved", "example.org/shop/store")]


def test_a_method_of_what_a_function_gives_back() -> None:
    changed = edited(GO, "store/store.go", "Total(a string)", "Total(a, b string)")
    use = {
        "late/late.go": 'package late\n\nimport s "example.org/shop/store"\n\nvar found = s.Open("a", 1).Total("x")\n'
    }
    assert alarms(GO, changed, use) == [("signature", "Store.Total")]


def test_one_name_in_two_files_of_one_package() -> None:
    left, right = (
        {"store/a.go": "package store\n\nfunc late() {}\n"},
        {"store/b.go": "package store\n\nvar late = 1\n"},
    )
    assert alarms(GO, left, right) == [("duplicate", "late")]
    assert alarms(GO, left, {"other/b.go": "package other\n\nvar late = 1\n"}) == []


def test_a_type_that_had_all_of_an_interface() -> None:
    more = edited(GO, "store/store.go", "\tClose() error\n", "\tClose() error\n\tSync() error\n")
    late = 'package store\n\ntype late struct{}\n\nfunc (l late) Read() string { return "" }\n\nfunc (l late) Close() error { return nil }\n'
    assert alarms(GO, more, {"store/late.go": late}) == [("abstract", "Kept.Sync")]
    assert alarms(GO, more, {"store/late.go": f"{late}\nfunc (l late) Sync() error {{ return nil }}\n"}) == []


def test_one_route_of_one_express_app() -> None:
    base = {"app.js": "const app = express()\n\napp.get('/', home)\n\napp.use(a)\n\napp.use(b)\n"}
    left = {"app.js": base["app.js"].replace("app.get", "app.get('/x/:id', one)\napp.get")}
    right = {"app.js": base["app.js"] + "\napp.get('/x/:name', two)\n"}
    assert alarms(base, left, right) == [("route", "GET /x/:id")]


def test_one_flag_of_the_flags_of_go() -> None:
    base = {"main.go": 'package main\n\nimport "flag"\n\nvar a = 1\n\nvar b = 2\n\nvar c = 3\n'}
    left = {"main.go": base["main.go"].replace("var a", 'var one = flag.String("late", "", "")\n\nvar a')}
    right = {"main.go": base["main.go"] + '\nvar two = flag.Bool("late", false, "")\n'}
    assert alarms(base, left, right) == [("flag", "-late")]


@pytest.mark.parametrize("language", ["javascript", "typescript", "tsx", "go"])
@pytest.mark.parametrize("text", ["", "func (", "class {{{ <", "\udcff\udcff", "import 'x", "(" * 2000])
def test_any_text_can_be_read(language: str, text: str) -> None:
    assert read_index(language, text.encode("utf-8", "replace")) is not None
