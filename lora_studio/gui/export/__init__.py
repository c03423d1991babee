"""The Export page: what, for which model, in which format, where to; a live preview; and the export itself."""
