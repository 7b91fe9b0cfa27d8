"""Developer tooling that `make check` runs beside the linters; no part of the program."""
