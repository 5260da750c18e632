"""The `reentry` command's subcommands, one module a noun. They parse, call and print; no rules."""
