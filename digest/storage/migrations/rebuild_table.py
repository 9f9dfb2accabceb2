"""Rebuilding a table with another definition, for migrations: SQLite changes no CHECK in place.

Alembic's batch mode copies tables too, but forgets that they are STRICT.
"""

from alembic import op
from alembic.util import CommandError


def rebuild_table(table: str, *changes: tuple[str, str]) -> None:
    """Rebuild a table from its own definition, each ``(before, after)`` replaced once; keep rows and indexes.

    A number that was used once stays used: the sequence is kept. Raises ``CommandError``, which ends the
    upgrade with nothing changed, if the definition does not contain the words to replace.
    """
    connection = op.get_bind()
    (sql,) = connection.exec_driver_sql(
        "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)
    ).one()
    indexes = connection.exec_driver_sql(
        "SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL", (table,)
    ).scalars()
    remade = list(indexes)
    names = connection.exec_driver_sql("SELECT name FROM pragma_table_info(?)", (table,)).scalars()
    columns = ", ".join(f'"{name}"' for name in names)
    for before, after in changes:
        if before not in sql:
            raise CommandError(f"{table} has not the words {before!r}")
        sql = sql.replace(before, after, 1)
    sql = sql.replace(table, f"_new_{table}", 1)
    (used,) = connection.exec_driver_sql(
        "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = ?", (table,)
    ).one()
    connection.exec_driver_sql(sql)
    connection.exec_driver_sql(f"INSERT INTO _new_{table} ({columns}) SELECT {columns} FROM {table}")  # noqa: S608 - our own names
    connection.exec_driver_sql(f"DROP TABLE {table}")
    connection.exec_driver_sql(f"ALTER TABLE _new_{table} RENAME TO {table}")
    for index in remade:
        connection.exec_driver_sql(index)
    connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
    connection.exec_driver_sql("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, used))
