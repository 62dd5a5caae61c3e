"""How fast and how large: this project beside the libraries that do the same work."""
