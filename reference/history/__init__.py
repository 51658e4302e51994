"""What the events alone tell."""
