"""A stand-in for GitHub's REST API, as strict as GitHub is. `github.py` is where to start reading."""
