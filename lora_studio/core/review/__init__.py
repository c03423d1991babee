"""Looking at guidelines before they become data: what stands in them that should not, and what changed."""
