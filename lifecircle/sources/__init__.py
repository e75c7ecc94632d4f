"""Everything that comes in: read and checked here, so that no other room meets a raw file."""
