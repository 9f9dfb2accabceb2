"""A sender with something wrong in it: the program's own parts, with a shorter lease or a poisoned renderer.

Run as ``python -m tests.faults.child``; its settings come from the environment, as ``bot.py``'s do.
"""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import NoReturn

from digest.app.core import opened
from digest.app.couriers import letters_for, mail_courier
from digest.app.sending import sender
from digest.clock import system_clock
from digest.logs import set_up_logs
from digest.message import MailPart
from digest.model import Delivery
from digest.settings import Settings

Render = Callable[[Delivery], Awaitable[Sequence[MailPart]]]


def main(argv: list[str]) -> int:
    """Send mail until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--lease", type=float, help="seconds")
    parser.add_argument("--poison", help="the unit that cannot be rendered")
    parser.add_argument("--how", choices=("raise", "kill", "loop"), default="raise")
    asked = parser.parse_args(argv)
    settings = Settings.load(dict(os.environ))  # noqa: TID251 - stands in for bot.py
    set_up_logs(settings)
    asyncio.run(_send(settings, asked))
    return 0


async def _send(settings: Settings, asked: argparse.Namespace) -> None:
    async with opened(settings, system_clock) as core, sender(core) as own:
        courier = mail_courier(core, letters_for(core), own)
        if asked.lease:
            courier.lease = timedelta(seconds=asked.lease)
        if asked.poison:
            courier.render = _poisoned(courier.render, asked.poison, asked.how)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, courier.stop)
        print("sending", flush=True)  # noqa: T201 - the campaign waits for it
        await courier.run()
        await courier.postbox.close()


def _poisoned(render: Render, unit: str, how: str) -> Render:
    async def poisoned(delivery: Delivery) -> Sequence[MailPart]:
        if delivery.target.address == unit:
            _fail(how)
        return await render(delivery)

    return poisoned


def _fail(how: str) -> NoReturn:
    if how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    while how == "loop":
        pass
    raise ValueError("a paper that nobody foresaw")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
