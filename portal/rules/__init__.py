"""The rules of the notice as pure functions: no clock, no database, no web."""
