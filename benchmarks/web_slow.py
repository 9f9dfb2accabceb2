"""Slow clients: a hundred requests a second beside 200 that never finish their request, and without them.

``python -m benchmarks.web_slow``; the pages run in a process of their own, on loopback.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx

from digest.app.logging import configure_logging
from digest.app.settings import Settings
from digest.model.clock import FixedClock, monotonic
from digest.storage import open_store
from tests.support.database import NOW
from tests.web.running_site import SEED, run_site

SLOW_CLIENTS = 200
REQUESTS_PER_SECOND = 100
DURATION = 8
TRICKLE = b"X-Slow: 1\r\n"


async def serve_pages() -> None:
    """Serve the pages on a fresh store with the seed's report, say the port, and go on until killed."""
    configure_logging(Settings.load({}), quiet=True)
    with tempfile.TemporaryDirectory() as folder:
        clock = FixedClock(NOW)
        store = await open_store(f"sqlite+aiosqlite:///{Path(folder) / 'digest.db'}", clock)
        async with run_site(store, clock) as site:
            await site.deps.archive.ingest(SEED.read_bytes(), name=SEED.name)
            print(site.server.port, flush=True)
            await asyncio.Event().wait()


@asynccontextmanager
async def run_pages() -> AsyncIterator[int]:
    """Run the pages in a child; give their port."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.web_slow", "--serve",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        port = b""
        while child.stdout and not port.strip().isdigit():
            port = await child.stdout.readline()
        yield int(port)
    finally:
        child.kill()
        await child.wait()


async def send_slowly(port: int) -> None:
    """Say a request a line a second, for ever, and again whenever the server has had enough."""
    while True:
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"POST / HTTP/1.1\r\nHost: slow\r\n")
            while not writer.is_closing():
                writer.write(TRICKLE)
                await writer.drain()
                await asyncio.sleep(1)
        await asyncio.sleep(0.2)


async def fetch_front_page(client: httpx.AsyncClient) -> float | None:
    """Ask for the front page; give the seconds that it took, None where it was refused."""
    began = monotonic()
    try:
        answer = await client.get("/")
    except httpx.HTTPError:
        return None
    return monotonic() - began if answer.is_success else None


async def measure_latency(port: int) -> tuple[float, float, int]:
    """Ask at an even pace; give the median and the 95th percentile in milliseconds, and how many failed."""
    limits = httpx.Limits(max_connections=50)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", limits=limits, timeout=30) as client:
        await fetch_front_page(client)
        asked = []
        for _ in range(REQUESTS_PER_SECOND * DURATION):
            asked.append(asyncio.create_task(fetch_front_page(client)))
            await asyncio.sleep(1 / REQUESTS_PER_SECOND)
        times = await asyncio.gather(*asked)
    good = sorted(time * 1000 for time in times if time is not None)
    return statistics.median(good), good[int(len(good) * 0.95)], len(times) - len(good)


async def main() -> None:
    """Measure without slow clients and beside them, in one run."""
    async with run_pages() as port:
        alone = await measure_latency(port)
        slow = [asyncio.create_task(send_slowly(port)) for _ in range(SLOW_CLIENTS)]
        await asyncio.sleep(1)
        beside = await measure_latency(port)
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
    print(f"{REQUESTS_PER_SECOND} requests a second for {DURATION} s, the front page")
    print("                        median ms  95 % ms  failed")
    for name, (median, late, failed) in (("alone", alone), (f"beside {SLOW_CLIENTS} slow ones", beside)):
        print(f"{name:22} {median:10.1f} {late:8.1f} {failed:7}")
    print(f"ratio of the 95th percentiles: {beside[1] / alone[1]:.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Measure the pages beside slow clients.")
    parser.add_argument("--serve", action="store_true", help="only serve, and say the port")
    asyncio.run(serve_pages() if parser.parse_args().serve else main())
