"""The playground's scripts: what they are checked with, and the data that they are given."""
