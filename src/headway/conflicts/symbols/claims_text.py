"""How claimed things are written the same way: paths of routes, numbers of ports. Pure; for every language."""

from __future__ import annotations

import re

#: Ports that name a service which is there already (a database, a mail server): two settings with the same
#: number are two clients of it, not two servers.
WELL_KNOWN = frozenset(
    {
        *(
            20,
            21,
            22,
            23,
            25,
            53,
            80,
            88,
            110,
            123,
            143,
            161,
            389,
            443,
            445,
            465,
            514,
            587,
            636,
            853,
            873,
            993,
            995,
        ),
        *(
            1433,
            1521,
            1883,
            2049,
            2181,
            2375,
            2376,
            2379,
            3306,
            3389,
            4222,
            4317,
            4318,
            5432,
            5671,
            5672,
            5984,
        ),
        *(6379, 7687, 8086, 8125, 8883, 9042, 9092, 9200, 9300, 11211, 15672, 26257, 27017, 28015),
    }
)

_PARAMETER = re.compile(
    r"<(?:(?P<converter>[^:<>]+):)?[^<>:]+>"  # Flask, Django: <int:id>
    r"|\{[^{}:]+(?::(?P<kind>[^{}]+))?\}"  # FastAPI, aiohttp: {id}, {rest:path}
    r"|(?<=/):(?P<name>\w+)"  # Express: /:id
)

_PORT_NAME = re.compile(r"(?:^|_|-)PORT$|(?<=[a-z])Port$", re.IGNORECASE)


def route_key(path: str) -> str:
    """A route's path with its parameters' names left out: two that differ only in these take the same requests."""
    return _PARAMETER.sub(lambda m: "{" + (m["converter"] or m["kind"] or "") + "}", path)


def is_port_name(name: str) -> bool:
    """Whether a setting of this name holds a port."""
    return bool(_PORT_NAME.search(name)) and not name.lower().endswith(
        ("import", "export", "support", "report")
    )


def port_key(value: object) -> str | None:
    """The port that a value is, if it can be one that a program takes for itself."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 5:
        value = int(value)
    if (
        isinstance(value, int)
        and not isinstance(value, bool)
        and 1 <= value <= 65535
        and value not in WELL_KNOWN
    ):
        return str(value)
    return None
