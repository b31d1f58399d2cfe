"""Parts of a report as HTML, figures and files of tables, and the pages around them."""
