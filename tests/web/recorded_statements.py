"""What the database is told while a page answers."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event


@contextmanager
def record_statements() -> Iterator[list[str]]:
    """Collect what the database is told, without the names of savepoints and how they end."""
    told: list[str] = []

    def record(*words: object) -> None:
        sql = re.sub(r"sa_savepoint_\d+", "one", str(words[2]))
        told.append(re.sub(r"ROLLBACK TO SAVEPOINT|RELEASE SAVEPOINT", "END", sql))

    event.listen(Engine, "before_cursor_execute", record)
    try:
        yield told
    finally:
        event.remove(Engine, "before_cursor_execute", record)
