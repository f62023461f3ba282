"""The fault harness: real servers, killed at random while people work, and what must hold afterwards."""
