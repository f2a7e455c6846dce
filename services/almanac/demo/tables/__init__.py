"""Tables of the demo that are derived from the material, one module for each sort."""
