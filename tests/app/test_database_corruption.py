"""A damaged database ends the program: nobody who goes on after an error catches that one by the way."""

import ast
from collections.abc import Iterator
from pathlib import Path

from digest.model import errors
from digest.model.errors import DatabaseCorrupted, PaperDigestError, StoreError
from tests.support.child_process import ROOT

BROAD_EXCEPTIONS = {"Exception", "BaseException", "PaperDigestError"}

ENDING_HANDLERS = {
    ("digest/app/doctor/runner.py", "_run_check"): "doctor tells of it, and sends nothing",
    ("digest/telegram/receiver.py", "run"): "Database.ended ends the service",
    ("digest/storage/database.py", "_commit_batch"): "hands it to all who wait",
    ("digest/web/app.py", "__call__"): "the site answers 503 before; Database.ended ends the service",
}
"""Where everything is caught, by file and function, and why that ends the program all the same."""

REPORTING_HANDLERS = {
    ("digest/app/web.py", "is_database_ok"): "/healthz says unwell",
    ("digest/telegram/handlers/health.py", "_queue_status"): "/health says that the store does not answer",
    ("digest/app/service.py", "_run_worker"): "ends the service with it",
    ("digest/app/service.py", "_run_job"): "ends the service with it",
    ("digest/app/doctor/database.py", "check_database"): "doctor tells of it",
    ("digest/services/delivery/worker.py", "_claim"): "ends the courier with it",
    ("digest/services/delivery/worker.py", "_deliver"): "ends the courier with it",
    ("digest/services/delivery/worker.py", "_renew_leases"): "ends the courier with it",
    ("digest/services/delivery/worker.py", "_save_streak"): "the courier has ended, and says so",
}
"""Where damage is caught and not raised again at once, and what comes of it."""


def await_handlers() -> Iterator[tuple[str, str, ast.Try, ast.ExceptHandler]]:
    """Return every ``except`` of the program that stands around an ``await``: file, function, both nodes."""
    for file in sorted((ROOT / "digest").rglob("*.py")):
        for function in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(function, ast.AsyncFunctionDef | ast.FunctionDef):
                continue
            for attempt in ast.walk(function):
                if isinstance(attempt, ast.Try):
                    for handler in attempt.handlers:
                        yield str(file.relative_to(ROOT)), function.name, attempt, handler


def caught_names(handler: ast.ExceptHandler) -> set[str]:
    """Return the names of what is caught."""
    if handler.type is None:
        return {"BaseException"}
    return {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}


def contains_await(attempt: ast.Try) -> bool:
    """Return whether anything is awaited inside: nothing of the database is reached otherwise."""
    return any(
        isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith) for one in attempt.body for node in ast.walk(one)
    )


def reraises(handler: ast.ExceptHandler) -> bool:
    """Return whether whatever is caught is raised on at the end."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def damage_caught_before(attempt: ast.Try, handler: ast.ExceptHandler) -> bool:
    """Return whether a handler before it catches damage."""
    before = attempt.handlers[: attempt.handlers.index(handler)]
    return any("DatabaseCorrupted" in caught_names(one) for one in before)


def test_damage_is_no_error_that_one_waits_out() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]

    assert issubclass(DatabaseCorrupted, PaperDigestError)
    assert [kind for kind in kinds if issubclass(DatabaseCorrupted, kind)] == [PaperDigestError, DatabaseCorrupted]
    assert not issubclass(DatabaseCorrupted, StoreError)


def test_whoever_catches_everything_lets_damage_through_or_ends_the_program_with_it() -> None:
    catching = {
        (file, function)
        for file, function, attempt, handler in await_handlers()
        if caught_names(handler) & BROAD_EXCEPTIONS
        and contains_await(attempt)
        and not reraises(handler)
        and not damage_caught_before(attempt, handler)
    }

    assert catching == set(ENDING_HANDLERS)


def test_whoever_catches_damage_raises_it_or_tells_of_it() -> None:
    catching = {
        (file, function)
        for file, function, _, handler in await_handlers()
        if "DatabaseCorrupted" in caught_names(handler) and not reraises(handler)
    }

    assert catching == set(REPORTING_HANDLERS)


def test_nobody_suppresses_damage() -> None:
    swallowed = [
        f"{file}: {ast.unparse(node)}"
        for file in sorted(Path(ROOT / "digest").rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).rpartition(".")[2] == "suppress"
        and {*BROAD_EXCEPTIONS, "DatabaseCorrupted"} & {ast.unparse(argument) for argument in node.args}
    ]

    assert swallowed == []
