"""The store: SQLAlchemy Core on one database; one file for each face that the use cases need.

``open_store`` gives all faces at once; each use case takes the one it declares.
"""

from dataclasses import dataclass

from digest.clock import Clock
from digest.store.access import StoredKeys
from digest.store.alerts import StoredAlerts
from digest.store.backup import back_up, settle_restored
from digest.store.broadcasts import StoredBroadcasts
from digest.store.cards import StoredCards
from digest.store.database import Database, database_file, open_database
from digest.store.editions import StoredEditions
from digest.store.groups import StoredGroups
from digest.store.history import StoredHistory
from digest.store.linking import StoredAddresses
from digest.store.outbox import StoredOutbox
from digest.store.overview import StoredListings, StoredOverview
from digest.store.papers import StoredPapers
from digest.store.people import StoredPeople
from digest.store.schema import migrate
from digest.store.search import StoredIndex, bring_up_to_date
from digest.store.searches import StoredSearches
from digest.store.shelf import StoredShelves
from digest.store.signups import StoredSignUps
from digest.store.updates import StoredUpdates

__all__ = ["Database", "Store", "back_up", "database_file", "migrate", "open_database", "open_store"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Every face of one database."""

    database: Database
    papers: StoredPapers
    people: StoredPeople
    addresses: StoredAddresses
    editions: StoredEditions
    outbox: StoredOutbox
    broadcasts: StoredBroadcasts
    overview: StoredOverview
    listings: StoredListings
    history: StoredHistory
    cards: StoredCards
    alerts: StoredAlerts
    keys: StoredKeys
    sign_ups: StoredSignUps
    groups: StoredGroups
    index: StoredIndex
    searches: StoredSearches
    shelves: StoredShelves
    updates: StoredUpdates

    async def close(self) -> None:
        """Finish what waits to be written and give every connection back."""
        await self.database.close()


async def open_store(url: str, clock: Clock) -> Store:
    """Open the database of ``DATABASE_URL``, brought up to date; raises ``StoreError`` in one line."""
    database = open_database(url)
    try:
        await migrate(database)
        await settle_restored(database, clock())
        await bring_up_to_date(database)
    except BaseException:
        await database.close()
        raise
    return Store(
        database=database,
        papers=StoredPapers(database),
        people=StoredPeople(database, clock),
        addresses=StoredAddresses(database, clock),
        editions=StoredEditions(database),
        outbox=StoredOutbox(database),
        broadcasts=StoredBroadcasts(database),
        overview=StoredOverview(database, clock),
        listings=StoredListings(database),
        history=StoredHistory(database),
        cards=StoredCards(database),
        alerts=StoredAlerts(database),
        keys=StoredKeys(database),
        sign_ups=StoredSignUps(database),
        groups=StoredGroups(database, clock),
        index=StoredIndex(database),
        searches=StoredSearches(database),
        shelves=StoredShelves(database),
        updates=StoredUpdates(database),
    )
