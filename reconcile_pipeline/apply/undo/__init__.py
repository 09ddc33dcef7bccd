"""Taking a plan back: by a plan of its own, unless rows would be lost."""
