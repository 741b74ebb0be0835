"""Pairs in TypeScript, JavaScript and Go. Names are made anew for each pair, so that no two are the same."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.symbol_pairs.pair import Maker, Pair, Sides
from benchmarks.symbol_pairs.projects import Project
from benchmarks.symbol_pairs.samples import GO, JAVASCRIPT, TYPESCRIPT
from headway.conflicts.symbols import Kind


@dataclass(frozen=True, slots=True)
class Definition:
    """Something that a sample defines, and new code that uses it."""

    name: str
    path: str
    #: New code that uses it; ``{call}`` where arguments stand.
    use: str
    #: Where that goes.
    new: str
    #: What stands between the brackets of a call, the parameters as written and with one more that is needed.
    call: str = ""
    parameters: str = ""
    more: str = ""
    #: The same with the first two parameters the other way round; empty where there are none.
    swapped: str = ""
    is_method: bool = False


DEFINITIONS: dict[str, tuple[dict[str, str], list[Definition]]] = {
    "TypeScript": (
        TYPESCRIPT,
        [
            Definition(
                "openStorage",
                "src/store.ts",
                "import { openStorage } from './store';\n\nexport function late() {\n  return openStorage({call});\n}\n",
                "src/late.ts",
                "'a'",
                "path: string, create?: boolean",
                "path: string, mode: string, create?: boolean",
            ),
            Definition(
                "mergeLines",
                "src/store.ts",
                "import * as store from './store';\n\nexport const late = (x: string[]) => store.mergeLines({call});\n",
                "src/late.ts",
                "x, x",
                "first: string[], second: string[]",
                "first: string[], second: string[], third: string[]",
                "second: string[], first: string[]",
            ),
            Definition(
                "parseMoment",
                "src/clock.ts",
                "import { parseMoment as parse } from './clock';\n\nexport class Late {\n  run() {\n    return parse({call});\n  }\n}\n",
                "src/late.ts",
                "'x'",
                "text: string",
                "text: string, zone: string",
            ),
            Definition(
                "describeAccount",
                "src/store.ts",
                "import { Ledger } from './store';\n\nexport function late(ledger: Ledger) {\n  return ledger.describeAccount({call});\n}\n",
                "src/late.ts",
                "'a'",
                "account: string, digits = 2",
                "account: string, currency: string, digits = 2",
                is_method=True,
            ),
            Definition(
                "stampLine",
                "src/store.ts",
                "import { Ledger } from './store';\n\nexport class Late extends Ledger {\n  totalFor() {\n    return 1;\n  }\n\n"
                "  run() {\n    return this.stampLine({call});\n  }\n}\n",
                "src/late.ts",
                "'a'",
                "line: string",
                "line: string, level: number",
                is_method=True,
            ),
        ],
    ),
    "JavaScript": (
        JAVASCRIPT,
        [
            Definition(
                "openLedger",
                "lib/store.js",
                "const { openLedger } = require('./store')\n\nfunction late (given) {\n  return openLedger({call})\n}\n\nmodule.exports = late\n",
                "lib/late.js",
                "given, {}",
                "path, options",
                "path, mode, options",
                "options, path",
            ),
            Definition(
                "mergeEntries",
                "lib/store.js",
                "const store = require('./store')\n\nexports.late = (a) => store.mergeEntries({call})\n",
                "lib/late.js",
                "a, a",
                "first, second",
                "first, second, third",
                "second, first",
            ),
            Definition(
                "formatMoney",
                "lib/money.js",
                "import { formatMoney } from './money.js'\n\nexport function late (given) {\n  return formatMoney({call})\n}\n",
                "lib/late.mjs",
                "given, 'EUR'",
                "amount, currency",
                "amount, digits, currency",
                "currency, amount",
            ),
            Definition(
                "addEntry",
                "lib/store.js",
                "const { Ledger } = require('./store')\n\nfunction late () {\n  const ledger = new Ledger(1)\n  return ledger.addEntry({call})\n}\n\nmodule.exports = late\n",
                "lib/late.js",
                "'a', 1",
                "account, amount",
                "account, amount, reason",
                is_method=True,
            ),
        ],
    ),
    "Go": (
        GO,
        [
            Definition(
                "OpenLedger",
                "store/store.go",
                'package late\n\nimport "example.org/shop/store"\n\n// Late opens.\nfunc Late() *store.Ledger {\n\treturn store.OpenLedger({call})\n}\n',
                "late/late.go",
                '"a", 1',
                "path string, size int",
                "path string, mode string, size int",
                "size int, path string",
            ),
            Definition(
                "checkEntry",
                "store/store.go",
                "package store\n\nfunc late(entry Entry) bool {\n\treturn checkEntry({call}) == nil\n}\n",
                "store/late.go",
                "entry, 5",
                "entry Entry, limit int",
                "entry Entry, limit int, strict bool",
                "limit int, entry Entry",
            ),
            Definition(
                "MergeEntries",
                "store/merge.go",
                'package late\n\nimport kept "example.org/shop/store"\n\n// Late merges.\nfunc Late(a []kept.Entry) int {\n\treturn len(kept.MergeEntries({call}))\n}\n',
                "late/late.go",
                "a, a",
                "first, second []Entry",
                "first, second, third []Entry",
            ),
            Definition(
                "TotalFor",
                "store/store.go",
                'package late\n\nimport "example.org/shop/store"\n\n// Late sums.\nfunc Late(ledger *store.Ledger) int {\n\treturn ledger.TotalFor({call})\n}\n',
                "late/late.go",
                '"a"',
                "account string",
                "account string, since int",
                is_method=True,
            ),
            Definition(
                "AddEntry",
                "store/store.go",
                'package late\n\nimport "example.org/shop/store"\n\n// Late adds.\nfunc Late() int {\n\treturn store.OpenLedger("a", 1).AddEntry({call})\n}\n',
                "late/late.go",
                '"a", 1',
                "account string, amount int",
                "account string, amount int, reason string",
                is_method=True,
            ),
        ],
    ),
}


@dataclass(slots=True)
class Made:
    """A sample under new names, a definition of it, and both sides."""

    language: str
    sides: Sides
    definition: Definition
    name: str
    use: str


def _made(rng: random.Random, project: Project) -> Made:
    language = rng.choice(sorted(DEFINITIONS))
    sample, definitions = DEFINITIONS[language]
    definition = rng.choice(definitions)
    ending = f"{rng.choice(['Line', 'Row', 'Batch', 'Chunk'])}{rng.randrange(1000)}"
    names = sorted({each.name for each in definitions}, key=len, reverse=True)

    def anew(text: str) -> str:
        return re.sub(rf"\b({'|'.join(names)})\b", rf"\g<1>{ending}", text)

    base = Project(language, {path: anew(text) for path, text in sample.items()})
    use = anew(definition.use).replace("{call}", definition.call)
    return Made(language, Sides(base), definition, f"{definition.name}{ending}", use)


def _rename(made: Made, new: str) -> None:
    for path, text in made.sides.base.items():
        if re.search(rf"\b{made.name}\b", text):
            made.sides.left[path] = re.sub(rf"\b{made.name}\b", new, text)


def _parameters(made: Made, new: str, extra: str) -> None:
    """Other parameters, and another argument in every call that is there."""
    path = made.definition.path
    text = made.sides.base[path]
    head = re.search(rf"\b{made.name}\s*=?\s*\({re.escape(made.definition.parameters)}\)", text)
    assert head is not None, (made.name, made.definition.parameters)
    changed = head[0].replace(made.definition.parameters, new)
    made.sides.left[path] = text.replace(head[0], changed)
    if not extra:
        return
    for each in made.sides.base:
        before = made.sides.text(each, made.sides.left)
        call = re.compile(
            rf"(\b{made.name}\((?!{re.escape(new)})[^()]*(?:\((?:[^()]|\([^()]*\))*\)[^()]*)*)\)"
        )
        after = call.sub(rf"\1, {extra})", before.replace(changed, "\0")).replace("\0", changed)
        if after != made.sides.base[each]:
            made.sides.left[each] = after


def renamed(rng: random.Random, project: Project) -> Pair | None:
    made = _made(rng, project)
    _rename(made, made.name + "Anew")
    made.sides.right[made.definition.new] = made.use
    return made.sides.pair(f"{made.language}: renamed", Kind.RENAMED, name=made.name)


def signature(rng: random.Random, project: Project) -> Pair | None:
    made = _made(rng, project)
    _parameters(made, made.definition.more, "null" if made.language != "Go" else "0")
    made.sides.right[made.definition.new] = made.use
    return made.sides.pair(f"{made.language}: one more needed", Kind.SIGNATURE, name=made.name)


def swapped(rng: random.Random, project: Project) -> Pair | None:
    made = _made(rng, project)
    if not made.definition.swapped:
        return None
    _parameters(made, made.definition.swapped, "")
    if made.language == "JavaScript":
        # Its own calls go with it, else nothing shows that the order matters.
        for path, text in made.sides.base.items():
            before = made.sides.text(path, made.sides.left)
            after = re.sub(
                rf"(?<!function )(\b{made.name}\()([^(),]*(?:\([^()]*\))?[^(),]*), ([^()]*)\)",
                r"\1\3, \2)",
                before,
            )
            if after != text:
                made.sides.left[path] = after
    made.sides.right[made.definition.new] = made.use
    return made.sides.pair(f"{made.language}: in another order", Kind.SIGNATURE, name=made.name)


def moved(rng: random.Random, project: Project) -> Pair | None:
    made = _made(rng, project)
    path = made.definition.path
    if made.language == "Go":
        return None
    stem, dot, extension = path.rpartition(".")
    new = f"{stem}Place{dot}{extension}"
    name = stem.rpartition("/")[2]
    for each, text in made.sides.base.items():
        changed = text.replace(f"./{name}'", f"./{name}Place'")
        if changed != text:
            made.sides.left[each] = changed
    made.sides.left[new] = made.sides.text(path, made.sides.left)
    made.sides.left[path] = None
    made.sides.right[made.definition.new] = made.use
    return made.sides.pair(f"{made.language}: moved module", Kind.MOVED)


def duplicate(rng: random.Random, project: Project) -> Pair | None:
    made = _made(rng, project)
    number = rng.randrange(10**6)
    if made.language == "Go":
        made.sides.left["store/one.go"] = f"package store\n\nfunc made{number}() int {{\n\treturn 1\n}}\n"
        made.sides.right["store/two.go"] = f"package store\n\nvar made{number} = 2\n"
    else:
        path = made.definition.path
        text = made.sides.base[path]
        made.sides.left[path] = f"function made{number}() {{\n  return 1;\n}}\n\n{text}"
        made.sides.append(path, f"\nfunction made{number}(given) {{\n  return given;\n}}\n")
    return made.sides.pair(f"{made.language}: duplicate", Kind.DUPLICATE, name=f"made{number}")


def lacks_method(rng: random.Random, project: Project) -> Pair | None:
    made = _made(rng, project)
    number = rng.randrange(1000)
    if made.language == "TypeScript":
        path = "src/store.ts"
        text = made.sides.base[path]
        if rng.random() < 0.5:
            made.sides.left[path] = text.replace(
                "  readAll(): string[];\n", f"  readAll(): string[];\n  sync{number}(): void;\n"
            ).replace("  private lines", f"  sync{number}(): void {{}}\n\n  private lines")
            made.sides.right["src/late.ts"] = (
                "import { Storage } from './store';\n\nexport class Late implements Storage {\n  readAll() {\n    return [];\n  }\n\n  writeAll() {}\n}\n"
            )
        else:
            made.sides.left[path] = text.replace(
                "  abstract totalFor", f"  abstract sync{number}(): void;\n\n  abstract totalFor"
            )
            made.sides.right["src/late.ts"] = (
                "import * as store from './store';\n\nexport class Late extends store.Ledger {\n  totalFor() {\n    return 1;\n  }\n}\n"
            )
    elif made.language == "Go":
        path = "store/store.go"
        text = made.sides.base[path]
        made.sides.left[path] = text.replace("\tReadAll()", f"\tSync{number}() error\n\tReadAll()")
        made.sides.right["store/late.go"] = (
            "package store\n\n// Late keeps nothing.\ntype Late struct{}\n\n// ReadAll reads.\nfunc (l *Late) ReadAll() ([]Entry, error) {\n\treturn nil, nil\n}\n\n"
            "// WriteAll writes.\nfunc (l *Late) WriteAll(entries []Entry) error {\n\treturn nil\n}\n"
        )
    else:
        return None
    return made.sides.pair(f"{made.language}: new class lacks a method", Kind.ABSTRACT, name=f"ync{number}")


def route(rng: random.Random, project: Project) -> Pair | None:
    if rng.random() < 0.5:
        base = "const express = require('express')\n\nconst app = express()\nconst router = express.Router()\n\napp.get('/', (req, res) => {\n  res.send('home')\n})\n\nmodule.exports = { app, router }\n"
        sides = Sides(Project("JavaScript", {"server.js": base}))
        sides.left["server.js"] = base.replace(
            "app.get('/',", "app.get('/users/:id', (req, res) => {\n  res.send('one')\n})\n\napp.get('/',"
        )
        sides.append("server.js", "\napp.get('/users/:name', async (req, res) => {\n  res.send('two')\n})\n")
        return sides.pair("JavaScript: route", Kind.ROUTE, name="/users")
    base = 'package main\n\nimport "net/http"\n\nfunc main() {\n\tmux := http.NewServeMux()\n\tmux.HandleFunc("/", home)\n\tmux.HandleFunc("/a", home)\n\tmux.HandleFunc("/b", home)\n\tmux.HandleFunc("/c", home)\n}\n\nfunc home(w http.ResponseWriter, r *http.Request) {}\n'
    sides = Sides(Project("Go", {"main.go": base}))
    sides.left["main.go"] = base.replace(
        '\tmux.HandleFunc("/a"', '\tmux.HandleFunc("/users", home)\n\tmux.HandleFunc("/a"'
    )
    sides.right["main.go"] = base.replace(
        '\tmux.HandleFunc("/c", home)\n', '\tmux.HandleFunc("/c", home)\n\tmux.HandleFunc("/users", other)\n'
    )
    return sides.pair("Go: route", Kind.ROUTE, name="/users")


# -- near misses -----------------------------------------------------------------------------------------------------


def other_used(rng: random.Random, project: Project) -> Pair | None:
    made, other = _made(rng, project), None
    others = [d for d in DEFINITIONS[made.language][1] if d.name != made.definition.name]
    other = rng.choice(others)
    _rename(made, made.name + "Anew")
    ending = made.name.removeprefix(made.definition.name)
    names = [d.name for d in others]
    use = re.sub(rf"\b({'|'.join(names)})\b", rf"\g<1>{ending}", other.use)
    made.sides.right[other.new] = use.replace("{call}", other.call)
    return made.sides.pair(f"near: {made.language}: renamed, another one used")


def own_of_same_name(rng: random.Random, project: Project) -> Pair | None:
    made = _made(rng, project)
    _rename(made, made.name + "Anew")
    if made.language == "Go":
        text = f"package other\n\nfunc {made.name}() int {{\n\treturn 1\n}}\n\nfunc run() int {{\n\treturn {made.name}()\n}}\n"
        made.sides.right["other/other.go"] = text
    else:
        text = f"function {made.name}() {{\n  return 1;\n}}\n\nfunction run() {{\n  const found = {made.name}();\n  return found;\n}}\n"
        made.sides.right[f"other.{'ts' if made.language == 'TypeScript' else 'js'}"] = text
    return made.sides.pair(f"near: {made.language}: the same name in another scope")


def optional_more(rng: random.Random, project: Project) -> Pair | None:
    made = _made(rng, project)
    endings = {"TypeScript": ", ...more: string[]", "JavaScript": ", more = null", "Go": ", more ...string"}
    if made.language == "TypeScript" and rng.random() < 0.5:
        endings["TypeScript"] = ", more?: string"
    _parameters(made, made.definition.parameters + endings[made.language], "")
    made.sides.right[made.definition.new] = made.use
    return made.sides.pair(f"near: {made.language}: one more that may be left out")


def passed_on(rng: random.Random, project: Project) -> Pair | None:
    made = _made(rng, project)
    path = made.definition.path
    if made.language == "Go" or made.definition.is_method:
        return None
    stem, dot, extension = path.rpartition(".")
    new = f"{stem}Place{dot}{extension}"
    name = stem.rpartition("/")[2]
    made.sides.left[new] = made.sides.base[path]
    made.sides.left[path] = (
        f"export * from './{name}Place';\n"
        if made.language == "TypeScript"
        else f"module.exports = require('./{name}Place')\n"
    )
    made.sides.right[made.definition.new] = made.use
    return made.sides.pair(f"near: {made.language}: moved, the old module passes on")


def has_method(rng: random.Random, project: Project) -> Pair | None:
    made = lacks_method(rng, project)
    if made is None:
        return None
    name = re.search(r"[sS]ync\d+", "".join(t or "" for t in made.left.values()))
    late = next(path for path in made.right if "late" in path)
    text = made.right[late] or ""
    assert name is not None
    if late.endswith(".go"):
        text += f"\nfunc (l *Late) {name[0]}() error {{\n\treturn nil\n}}\n"
    else:
        text = text.rstrip().removesuffix("}") + f"\n  {name[0]}() {{}}\n}}\n"
    made.right[late] = text
    made.kinds, made.name, made.maker = (
        frozenset(),
        "",
        f"near: {made.maker.partition(':')[0]}: the new class has the method",
    )
    return made if made.merge() else None


def names_in_two_packages(rng: random.Random, project: Project) -> Pair | None:
    made = _made(rng, project)
    number = rng.randrange(10**6)
    if made.language == "Go":
        made.sides.left["store/one.go"] = f"package store\n\nfunc made{number}() int {{\n\treturn 1\n}}\n"
        made.sides.right["api/two.go"] = f"package api\n\nfunc made{number}() int {{\n\treturn 2\n}}\n"
    else:
        extension = "ts" if made.language == "TypeScript" else "js"
        made.sides.left[f"one.{extension}"] = f"function made{number}() {{\n  return 1;\n}}\n"
        made.sides.right[f"two.{extension}"] = f"function made{number}() {{\n  return 2;\n}}\n"
    return made.sides.pair(f"near: {made.language}: the same name in two modules")


def other_route(rng: random.Random, project: Project) -> Pair | None:
    base = "const express = require('express')\n\nconst app = express()\nconst router = express.Router()\n\napp.get('/', (req, res) => {\n  res.send('home')\n})\n\nmodule.exports = { app, router }\n"
    sides = Sides(Project("JavaScript", {"server.js": base}))
    one, other = rng.choice([("app.get", "app.post"), ("app.get", "router.get"), ("app.get", "client.get")])
    sides.left["server.js"] = base.replace(
        "app.get('/',", f"{one}('/users', (req, res) => {{\n  res.send('one')\n}})\n\napp.get('/',"
    )
    sides.append("server.js", f"\n{other}('/users', (req, res) => {{\n  res.send('two')\n}})\n")
    return sides.pair("near: JavaScript: another method or router")


BREAKS: Sequence[Maker] = (renamed, signature, swapped, moved, duplicate, lacks_method, route)
NEAR: Sequence[Maker] = (
    other_used,
    own_of_same_name,
    optional_more,
    passed_on,
    has_method,
    names_in_two_packages,
    other_route,
)
