"""The page: its own JavaScript and style sheet, and how they are put together."""
