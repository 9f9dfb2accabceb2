"""Pictures drawn in a process that ends: answering people goes on, and its memory is given back."""

import asyncio
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from pydantic import TypeAdapter

from digest.render.figures import Figures

log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 60.0
PROGRAM = "digest.render.stats_picture"
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Draws one picture at a time; ``cache`` is where matplotlib keeps its list of fonts."""

    cache: Path
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def stats(self, figures: Figures) -> bytes | None:
        """Give the PNG of these figures; None where it cannot be drawn, which the log tells."""
        async with self._one:
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    return await self._drawn(TypeAdapter(Figures).dump_json(figures))
            except (OSError, TimeoutError) as error:
                log.warning("the picture of the numbers could not be drawn", why=repr(error))
                return None

    async def _drawn(self, figures: bytes) -> bytes | None:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            PROGRAM,
            cwd=_ROOT,
            env=self._environment(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            picture, said = await child.communicate(figures)
        except BaseException:
            child.kill()
            await child.wait()
            raise
        if child.returncode:
            last = said.decode(errors="replace").strip().rpartition("\n")[2]
            log.warning("the picture of the numbers could not be drawn", why=last)
            return None
        return picture

    def _environment(self) -> Mapping[str, str]:
        """Give what the program needs and nothing of ours: no token and no password goes there."""
        return {
            "PATH": os.defpath,
            "LANG": "C.UTF-8",
            "MPLCONFIGDIR": str(self.cache.absolute()),
            "OPENBLAS_NUM_THREADS": "1",
        }
