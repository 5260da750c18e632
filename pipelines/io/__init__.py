"""The rim: home, lake, ledger, inbox and outbox."""
