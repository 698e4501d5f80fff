"""What a person accepted and how fast it came: counts alone, on this machine alone."""
