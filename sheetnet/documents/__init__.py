"""What belongs to one document: its errata and its published figures."""
