"""Tests of the composing floor."""
