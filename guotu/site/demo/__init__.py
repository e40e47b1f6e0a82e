"""Demo: wires a fictional county into a store, with accounts and sample sites to try."""
