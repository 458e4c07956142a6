"""Widgets that show runs and clips: thin views of files, each with a static twin for GitHub and nbval."""
