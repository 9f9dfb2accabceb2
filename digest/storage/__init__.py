"""Storage: SQLAlchemy Core on one database, one class for each interface that the use cases declare.

``open_store`` returns all of them; each use case takes the one it declares.
"""

from dataclasses import dataclass

from digest.model.clock import Clock
from digest.storage.admin_alerts import SqlAdminAlerts
from digest.storage.broadcasts import SqlBroadcasts
from digest.storage.chat_state import SqlLastSearches, SqlTelegramUpdates
from digest.storage.database import Database, database_file, open_database
from digest.storage.editions import SqlEditions
from digest.storage.email_verification import SqlEmailVerification
from digest.storage.groups import SqlGroups
from digest.storage.link_tokens import SqlLinkTokens
from digest.storage.outbox import SqlOutbox
from digest.storage.papers import SqlPapers
from digest.storage.saved_papers import SqlSavedPapers
from digest.storage.schema import migrate
from digest.storage.signups import SqlSignups
from digest.storage.sqlite.backup import create_backup, mark_restored_uncertain
from digest.storage.sqlite.search_index import SqlSearchIndex, update_index
from digest.storage.stats import SqlLastLists, SqlStats, SqlStatsHistory
from digest.storage.subscriber_details import SqlSubscriberDetails
from digest.storage.subscribers import SqlSubscribers

__all__ = ["Database", "Store", "create_backup", "database_file", "migrate", "open_database", "open_store"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """The storage classes of one database."""

    database: Database
    papers: SqlPapers
    subscribers: SqlSubscribers
    email_verification: SqlEmailVerification
    editions: SqlEditions
    outbox: SqlOutbox
    broadcasts: SqlBroadcasts
    stats: SqlStats
    last_lists: SqlLastLists
    stats_history: SqlStatsHistory
    subscriber_details: SqlSubscriberDetails
    admin_alerts: SqlAdminAlerts
    link_tokens: SqlLinkTokens
    signups: SqlSignups
    groups: SqlGroups
    search_index: SqlSearchIndex
    last_searches: SqlLastSearches
    saved_papers: SqlSavedPapers
    telegram_updates: SqlTelegramUpdates

    async def close(self) -> None:
        """Finish the waiting writes and close every connection."""
        await self.database.close()


async def open_store(url: str, clock: Clock) -> Store:
    """Open the database of ``DATABASE_URL``, brought up to date; raises ``StoreError`` in one line."""
    database = open_database(url)
    try:
        await migrate(database)
        await mark_restored_uncertain(database, clock())
        await update_index(database)
    except BaseException:
        await database.close()
        raise
    return Store(
        database=database,
        papers=SqlPapers(database),
        subscribers=SqlSubscribers(database, clock),
        email_verification=SqlEmailVerification(database, clock),
        editions=SqlEditions(database),
        outbox=SqlOutbox(database),
        broadcasts=SqlBroadcasts(database),
        stats=SqlStats(database, clock),
        last_lists=SqlLastLists(database),
        stats_history=SqlStatsHistory(database),
        subscriber_details=SqlSubscriberDetails(database),
        admin_alerts=SqlAdminAlerts(database),
        link_tokens=SqlLinkTokens(database),
        signups=SqlSignups(database),
        groups=SqlGroups(database, clock),
        search_index=SqlSearchIndex(database),
        last_searches=SqlLastSearches(database),
        saved_papers=SqlSavedPapers(database),
        telegram_updates=SqlTelegramUpdates(database),
    )
