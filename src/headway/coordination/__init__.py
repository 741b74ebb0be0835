"""The heart: what is done next with which ticket, and the shell that does it."""
