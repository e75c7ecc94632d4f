"""Inputs nobody wished for: files of a small site, broken in ways that know the format.

``python -m tests.fuzz --count 20000`` breaks one file of a site at a time, loads the site and keeps what is
neither a result nor an error in a line: a traceback, a hang, a dead process, or garbage taken without a word.
"""
