"""Writes: one verb per function; load, guard, change, record the event, commit."""
