"""stub"""

from headway.conflicts.symbols.index import FileIndex


def index_tree(language: str, text: str) -> FileIndex | None:
    return None
