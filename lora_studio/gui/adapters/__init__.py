"""The Adapters page: datasets and trained adapters on the shelf, how they stand and what they are made of."""
