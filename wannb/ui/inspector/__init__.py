"""The clips of a folder, seen as training sees them, and edited without touching them."""
