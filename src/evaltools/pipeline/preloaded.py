"""Importing this imports all that a run and its kernels need: studies' processes are forked from one that has."""

from evaltools.pipeline import kernel_server

kernel_server.preload()  # first: it decides what the packages find when they look about
__import__("evaltools.pipeline.run")
