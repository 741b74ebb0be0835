"""How each kind of conflict is seen. Not for: settling any, or for git."""
