"""The commented headway.toml says what the settings are."""

import re
import tomllib
from operator import attrgetter

from headway.cli.settings_file import settings_text
from headway.config import Settings, keys, sections

KEY = re.compile(r"^#([a-z_]+) = ", re.MULTILINE)


def test_as_it_is_written_it_changes_nothing() -> None:
    assert Settings.model_validate(tomllib.loads(settings_text())) == Settings()


def test_with_every_key_switched_on_it_is_still_valid() -> None:
    switched_on = re.sub(r"^#(?=[a-z\[])", "", settings_text(["claude"]), flags=re.MULTILINE)
    Settings.model_validate(tomllib.loads(switched_on))


def test_a_key_with_a_default_shows_that_default() -> None:
    switched_on = re.sub(r"^#(?=[a-z\[])", "", settings_text(), flags=re.MULTILINE)
    shown = Settings.model_validate(tomllib.loads(switched_on))
    for name, section in sections().items():
        if name == "profiles.NAME":
            continue
        for key, field in keys(section).items():
            default = field.get_default()
            if default not in (None, {}):
                assert getattr(attrgetter(name)(shown), key) == default, f"{name}.{key}"


def test_every_key_is_there_with_its_description() -> None:
    text = settings_text()
    words = " ".join(line.removeprefix("#").strip() for line in text.splitlines())
    for name, section in sections().items():
        for key, field in keys(section).items():
            assert f"\n#{key} = " in text, f"{name}.{key}"
            assert field.description, f"{name}.{key} has no description"
            assert " ".join(field.description.split()) in words, f"{name}.{key}"


def test_agents_that_were_found_are_named() -> None:
    assert "Found on this machine when this file was made: claude, codex." in settings_text(
        ["claude", "codex"]
    )
