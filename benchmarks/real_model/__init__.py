"""Trainings on a real model, with defaults alone, asked from outside."""
