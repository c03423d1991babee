"""Asking a trained adapter in a window of its own."""
