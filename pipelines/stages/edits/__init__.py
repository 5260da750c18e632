"""What stops a claim: context joined once, edits as expressions over it."""
