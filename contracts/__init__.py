"""What a table is: one vocabulary of columns, and from it parsing, validation and documentation."""
