"""One module a notebook. Each turns protected counts into result rows (``rows``) and rows into parts (``parts``)."""
