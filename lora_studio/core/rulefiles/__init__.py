"""The library's guidelines as the rule files that coding agents read, and back again without loss."""
