"""Plan: what should exist against what was sent and answered, one action for each claim.

`planning.plan` is the stage; `cells` is the table it goes by, the other modules are its parts.
"""
