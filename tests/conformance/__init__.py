"""The conformance suite of the MCP project, run against our `ConnectionManager`, its logins and our gateway.

`python -m tests.conformance` (or `make conformance`) runs every client scenario that the suite lists for
the revisions 2025-11-25 and 2026-07-28, those of extensions and the logins of 2025-03-26 among them, prints
a table and fails if any check does: none is expected to. Names on the command line choose scenarios.

Then come the scenarios for servers, through `jackfield serve`: `server_leg.py`.

The suite is npm's `@modelcontextprotocol/conformance` in the version that `tests/peers/install.py` pins;
`make peers` installs it. It starts `tests/conformance/client.py`, once a scenario, with the URL of its
server as the last argument and the scenario in MCP_CONFORMANCE_SCENARIO.
"""
