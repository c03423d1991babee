"""Training: the shelf of datasets and adapters, scripts, runs, and the exam of what was learnt."""
