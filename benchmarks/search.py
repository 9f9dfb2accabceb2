"""Search over an archive of 100,000 papers against reading all of it, in turns on the same database.

``python -m benchmarks.search [--papers N]``: the papers are made of the sentences of the seed's. The other
way is ``LIKE '%word%'`` for each word over titles and sections, the newest first, as a store without an index
would do it. The size of the index is told beside the size of the papers.
"""

import argparse
import asyncio
import random
import statistics
import tempfile
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import Table, func, insert, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.app.logging import configure_logging
from digest.app.settings import Settings
from digest.model import Section
from digest.model.clock import FixedClock, monotonic
from digest.papers.domains import load_taxonomy
from digest.papers.report import parse_report
from digest.services.search import SearchService
from digest.storage import Store, open_store
from digest.storage.sqlite.search_index import invalidate_index, update_index
from digest.storage.tables import paper_domains, paper_texts, papers
from tests.support.database import NOW

SEEDS = Path(__file__).parents[1] / "seeds"
FIRST_DAY = date(2016, 1, 1)
PAPERS_PER_DAY = 30
CHUNK = 2000
ROUNDS = 3
PAGE_SIZE = 10

QUERIES = ("机器", "强化学习", "zebrafish", "智能体 不确定性", "video diffusion", "模型")
"""Two signs, a phrase, a rare word, two phrases, two English words, and a word of nearly every paper."""


async def fill_archive(store: Store, count: int) -> None:
    """Write papers whose texts are sentences of the seed's, and one in 5,000 about a zebrafish."""
    chance = random.Random(1)  # noqa: S311 - the same papers each time
    seed = parse_report((SEEDS / "2026-01-24.md").read_bytes()).papers
    title_words = [word for paper in seed for word in paper.title.split()]
    lines = {s: [line for paper in seed for line in paper.sections[s].splitlines() if line] for s in Section}
    slugs = load_taxonomy(SEEDS / "taxonomy.tsv").slugs

    def make_rows(number: int) -> dict[str, object]:
        rare = ["Zebrafish"] if number % 5000 == 0 else []
        sections = {s: "\n".join(chance.choices(lines[s], k=2)) for s in Section}
        return {
            "id": number, "paper_seq": number, "report_date": FIRST_DAY + timedelta(days=number // PAPERS_PER_DAY),
            "title": " ".join([*chance.choices(title_words, k=9), *rare]), "url": "", "sections": sections,
            "checksum": str(number), "seen_at": NOW,
        }  # fmt: skip

    for start in range(1, count + 1, CHUNK):
        texts = [make_rows(number) for number in range(start, min(start + CHUNK, count + 1))]
        rows = [
            {"seq": one["id"], "id": f"{one['id']:09}", "first_date": one["report_date"],
             "first_seen_at": NOW, "text_id": one["id"]}
            for one in texts
        ]  # fmt: skip
        domains = [{"paper_seq": one["id"], "slug": chance.choice(slugs), "position": 0} for one in texts]
        for table, values in ((papers, rows), (paper_texts, texts), (paper_domains, domains)):
            await insert_rows(store, table, values)


async def insert_rows(store: Store, table: Table, rows: list[dict[str, object]]) -> None:
    """Write rows in one transaction."""

    async def write_rows(connection: AsyncConnection) -> None:
        await connection.execute(insert(table), rows)

    await store.database.write(write_rows)


async def full_scan(store: Store, query: str) -> int:
    """Find the papers that hold every word by reading all of them; give how many there are."""
    words = [f"%{word}%" for word in query.split()]
    holds = [
        or_(paper_texts.c.title.like(word), func.coalesce(paper_texts.c.sections, "").like(word)) for word in words
    ]
    newest = paper_texts.join(papers, papers.c.text_id == paper_texts.c.id)
    async with store.database.read_only() as connection:
        total = await connection.execute(select(func.count()).select_from(newest).where(*holds))
        found = select(papers.c.id).select_from(newest).where(*holds)
        await connection.execute(found.order_by(papers.c.first_date.desc(), papers.c.seq.desc()).limit(PAGE_SIZE))
        return int(total.scalar_one())


async def used_bytes(store: Store) -> int:
    """Return the bytes of the database that are in use."""
    async with store.database.read_only() as connection:
        pages, free, bytes_each = [
            (await connection.execute(text(f"PRAGMA {name}"))).scalar_one()
            for name in ("page_count", "freelist_count", "page_size")
        ]
        return int((pages - free) * bytes_each)


async def measure(count: int) -> None:
    """Fill an archive, index it, ask both ways in turns, and print the medians with their ratios."""
    with tempfile.TemporaryDirectory() as folder:
        store = await open_store(f"sqlite+aiosqlite:///{Path(folder) / 'digest.db'}", FixedClock(NOW))
        await fill_archive(store, count)
        before = await used_bytes(store)
        await store.database.write(invalidate_index)
        began = monotonic()
        await update_index(store.database)
        took = monotonic() - began
        index = await used_bytes(store) - before
        print(f"{count:,} papers, {before / 1e6:.0f} MB; their index {index / 1e6:.0f} MB, made in {took:.0f} s")
        taxonomy = load_taxonomy(SEEDS / "taxonomy.tsv")
        search = SearchService(index=store.search_index, papers=store.papers, taxonomy=taxonomy)
        print(f"{'query':<22}{'papers':>8}{'search':>12}{'read all':>12}{'ratio':>9}")
        for query in QUERIES:
            await print_comparison(search, store, query)
        await store.close()


async def print_comparison(search: SearchService, store: Store, query: str) -> None:
    """Print one line."""
    ours, theirs, total = [], [], 0
    for _ in range(ROUNDS):
        began = monotonic()
        total = (await search.find(query, limit=PAGE_SIZE)).total
        between = monotonic()
        await full_scan(store, query)
        ours.append(between - began)
        theirs.append(monotonic() - between)
    mine, other = statistics.median(ours) * 1000, statistics.median(theirs) * 1000
    print(f"{query:<22}{total:>8,}{mine:>9.1f} ms{other:>9.0f} ms{other / mine:>8.1f}x")


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--papers", type=int, default=100_000)
    configure_logging(Settings.load({}), quiet=True)
    asyncio.run(measure(parser.parse_args().papers))


if __name__ == "__main__":
    main()
