"""The Training page: a dataset and a base model become an adapter, and the exam says what it learnt."""
