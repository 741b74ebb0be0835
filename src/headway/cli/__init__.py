"""The command line: a thin layer over the coordination room, one file for each group of commands.

``headway --help`` and ``headway status`` answer in a fresh process within 200 ms, so a module here imports at its top
only what is light; what is heavy is imported by the function that needs it.
"""
