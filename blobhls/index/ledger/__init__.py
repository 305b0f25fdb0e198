"""Tables of the vault: blobs, recipes, bindings, proofs, sources, plans, seals, roots, uploads."""
