"""Help with a study: a new one, an unknown export, published background tables, the data dictionary."""
