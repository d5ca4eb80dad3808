"""Programs that show the library at work: `python -m tapegrad.examples.moons` and others."""
