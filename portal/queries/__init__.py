"""Reads: the actor comes first and the scope is in the SQL."""
