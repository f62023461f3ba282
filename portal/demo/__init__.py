"""An invented campus, always the same: units, people, two years of claims, evidence, certificates."""
