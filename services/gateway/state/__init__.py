"""What several processes of one gateway share, in a Redis or Valkey server between them."""
