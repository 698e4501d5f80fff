"""What the project says of its speed, as commands: each measures ours and others in one run."""
