"""Where logins, answers and keys are kept: the system's keyring, or a file of the home directory."""
