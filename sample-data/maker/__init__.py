"""The parts of make.py: tools, the cast, requests and their ledger, credits and theirs, configuration."""
