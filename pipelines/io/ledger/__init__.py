"""The ledger: what cannot be taken back, in SQL with real unique keys.

One module for each noun, functions that take a transaction (or a connection, to read). Whatever
can be computed again from facts and ledger belongs to the lake, not here.
"""
