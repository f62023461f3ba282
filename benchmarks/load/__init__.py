"""A school at work: people with browsers drive a real server; afterwards every promise is looked up."""
