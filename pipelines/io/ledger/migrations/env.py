"""How alembic runs our steps: on the connection it is handed, in that connection's transaction."""

from alembic import context

from pipelines.io.ledger.metadata import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
context.run_migrations()
