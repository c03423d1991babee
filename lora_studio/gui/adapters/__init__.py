"""The Adapters page: the datasets on the shelf and what they are made of."""
