"""Share: the guidelines as rule files of coding agents, or as a file of data."""
