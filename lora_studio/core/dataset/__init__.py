"""From guidelines to a dataset: filter, examples, split, format, write, config and card."""
