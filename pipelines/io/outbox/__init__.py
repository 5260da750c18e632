"""The outbox: batches from proposal to written file, and the way back after a kill at any point.

`commands.Outbox` is what callers use; the other modules are the steps it takes, in their order.
"""
