"""Rich rows: more ways to ask about a guideline than the documented three, so that a model learns to use it."""
