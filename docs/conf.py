"""The documentation as a site: Sphinx with MyST-NB, numpydoc and the PyData theme. Nothing of it is committed."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "_ext"), str(HERE.parent / "src")]

project = "evaltools"
author = "evaltools developers"
copyright = author
extensions = ["demo", "myst_nb", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx_design"]
root_doc = "index"
exclude_patterns = ["_build", "_ext", "README.md"]

templates_path = ["_templates"]
html_theme = "pydata_sphinx_theme"
html_title = "evaltools"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_theme_options = {
    "navbar_align": "left",
    "show_prev_next": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}
html_sidebars = {"index": []}

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
myst_url_schemes = ("http", "https", "mailto")
nb_execution_mode = "off"  # the notebooks shown are those that a run has executed
nb_mime_priority_overrides = [("html", "text/html", 0)]

autosummary_generate = True
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
numpydoc_show_class_members = False
numpydoc_xref_param_type = False
suppress_warnings = ["myst.xref_missing_lexer", "mystnb.unknown_mime_type", "misc.highlighting_failure"]
