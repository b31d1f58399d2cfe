"""While a term runs: how it stands, and whom to ask. What is made here is for the evaluator alone."""
