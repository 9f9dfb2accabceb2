"""How Alembic runs our revisions: on the connection that ``digest.storage.schema`` hands over."""

from alembic import context

from digest.model.errors import StoreError
from digest.storage.schema import APPLICATION_ID
from digest.storage.tables import metadata

connection = context.config.attributes["connection"]

context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
    # Foreign keys are off while tables are copied, so their last word comes before the commit.
    if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
        raise StoreError("the database holds rows without their parents; restore the copy from before")
    connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
