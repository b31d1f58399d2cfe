"""A study for a data archive: protected tables, questionnaires and descriptions, made of a public release."""
