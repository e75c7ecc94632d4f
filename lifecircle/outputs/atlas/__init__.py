"""The atlas: pages of A3 with maps, sentences and tables; ``outputs.pdf`` typesets them with ``atlas.typ``."""
