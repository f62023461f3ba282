"""The fuzzer: requests no browser sends, over every address as every role, and what must hold after them."""
