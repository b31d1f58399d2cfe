"""The document model rendered: pages and spreadsheets."""
