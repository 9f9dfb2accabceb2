"""A sender with something wrong in it: the program's own parts, with a shorter lease or a poisoned renderer.

Run as ``python -m tests.faults.faulty_sender``; its settings come from the environment, as ``bot.py``'s do.
"""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import NoReturn

from digest.app.container import open_container
from digest.app.delivery import build_email_worker, build_renderer, run_as_sender
from digest.app.logging import configure_logging
from digest.app.settings import Settings
from digest.model import Delivery
from digest.model.clock import system_clock
from digest.model.message import RenderedEmail

Render = Callable[[Delivery], Awaitable[Sequence[RenderedEmail]]]


def main(argv: list[str]) -> int:
    """Send mail until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--lease", type=float, help="seconds")
    parser.add_argument("--poison", help="the unit that cannot be rendered")
    parser.add_argument("--how", choices=("raise", "kill", "loop"), default="raise")
    asked = parser.parse_args(argv)
    settings = Settings.load(dict(os.environ))  # noqa: TID251 - stands in for bot.py
    configure_logging(settings)
    asyncio.run(_send_mail(settings, asked))
    return 0


async def _send_mail(settings: Settings, options: argparse.Namespace) -> None:
    async with open_container(settings, system_clock) as core, run_as_sender(core) as own:
        courier = build_email_worker(core, build_renderer(core), own)
        if options.lease:
            courier.lease = timedelta(seconds=options.lease)
        if options.poison:
            courier.render = _poison_renderer(courier.render, options.poison, options.how)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, courier.stop)
        print("sending", flush=True)  # noqa: T201 - the campaign waits for it
        await courier.run()
        await courier.sender.close()


def _poison_renderer(render: Render, unit: str, mode: str) -> Render:
    async def render_or_fail(delivery: Delivery) -> Sequence[RenderedEmail]:
        if delivery.target.address == unit:
            _fail(mode)
        return await render(delivery)

    return render_or_fail


def _fail(mode: str) -> NoReturn:
    if mode == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    while mode == "loop":
        pass
    raise ValueError("a paper that nobody foresaw")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
