"""What everything that speaks HTTP shares: URLs, headers, proxies and certificates."""
