"""Folders of ticket files, written for one test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from headway.tickets.imported import Import
from headway.tickets.markdown import import_folder

#: Writes files (name → text) into a folder and imports it.
Importer = Callable[[dict[str, str]], Import]


@pytest.fixture
def imported(tmp_path: Path) -> Importer:
    def write_and_import(files: dict[str, str]) -> Import:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        found = import_folder(tmp_path)
        assert len(found.tickets) + len(found.rejected) == found.files
        return found

    return write_and_import
