"""What is drawn: values in, messages out; no network, no disk, no SDK."""
