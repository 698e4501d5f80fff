"""What a person asks for on a function; what it yields is run before it is offered."""
