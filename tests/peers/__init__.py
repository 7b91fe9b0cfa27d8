"""Servers nobody here wrote: installed by `make peers` into .peers, outside the product's dependencies."""
