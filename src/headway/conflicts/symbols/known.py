"""What is known of names that lie outside the program: Python's builtins and a few of its libraries. Pure."""

from __future__ import annotations

import builtins


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


#: Names that every Python module has, those of Python 2 included.
BUILTINS = frozenset(dir(builtins)) | words(
    """
        unicode basestring xrange long unichr raw_input reduce file cmp execfile reload buffer apply
        intern coerce WindowsError __file__ __path__ __class__ __annotations__ __module__
        __qualname__ reveal_type
    """
)

#: Attributes of classes outside that people inherit from and that add little: (module, name) → attributes.
_CLASSES: dict[tuple[str, ...], frozenset[str]] = {
    **dict.fromkeys(
        (
            ("abc", "ABC"),
            ("typing", "Generic"),
            ("typing", "Protocol"),
            ("typing_extensions", "Protocol"),
            ("typing", "NamedTuple"),
        ),
        frozenset({"_asdict", "_replace", "_fields", "_make", "count", "index"}),
    ),
    **dict.fromkeys(
        (("enum", "Enum"), ("enum", "IntEnum"), ("enum", "StrEnum"), ("enum", "Flag"), ("enum", "IntFlag")),
        frozenset({"name", "value", "_missing_", "_ignore_", "_value_", "_name_", "__members__"})
        | frozenset(dir(str))
        | frozenset(dir(int)),
    ),
}
_TEST_CASE = words(
    """
        setUp tearDown setUpClass tearDownClass setUpModule run debug id skipTest subTest fail
        failureException longMessage maxDiff addCleanup doCleanups addTypeEqualityFunc enterContext
        countTestCases defaultTestResult shortDescription addClassCleanup doClassCleanups
        _testMethodName
    """
)
_TEST_CASES = frozenset(
    {("unittest", "TestCase"), ("unittest", "IsolatedAsyncioTestCase"), ("unittest", "case", "TestCase")}
)

#: Attributes that so many classes outside have that a name alone says nothing.
COMMON = frozenset(
    name
    for cls in (str, bytes, list, dict, set, tuple, int, float, object, type, BaseException)
    for name in dir(cls)
) | words(
    """
        open close read readline readlines write writelines flush seek tell send recv sendall
        connect bind listen accept start stop run join cancel done result wait set clear put get
        name value id data type path url text content json status status_code headers body request
        response config settings logger log debug info warning error exception critical items keys
        values update add remove append execute commit rollback fetchone fetchall cursor session
        query filter all first save delete create find match search group groups sub split parse
        dump dumps load loads render main args kwargs parent children next prev size length shape
        title message code host port user password email date time year month day hour minute second
        now today exists is_file is_dir mkdir unlink rename stem suffix parts resolve setup teardown
        setUp tearDown handle process validate reset init register call apply map reduce then catch
        push pop shift slice concat forEach toString valueOf
    """
)


def outside_has(dotted: tuple[str, ...], name: str) -> bool | None:
    """Whether a class outside the program has an attribute; None where that is not known."""
    if name.startswith("__") and name.endswith("__"):
        return None
    if dotted[0] == "builtins" and len(dotted) == 2:
        found = getattr(builtins, dotted[1], None)
        return hasattr(found, name) if isinstance(found, type) else None
    if dotted in _TEST_CASES:
        return name in _TEST_CASE or name.startswith(("assert", "_"))
    attributes = _CLASSES.get(dotted)
    return name in attributes if attributes is not None else None
