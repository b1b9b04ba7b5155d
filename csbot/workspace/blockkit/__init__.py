"""Slack's rules for blocks, as a validator with JSON pointers."""
