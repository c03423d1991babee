"""Training: the shelf of datasets, and the scripts that train on them."""
