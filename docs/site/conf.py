"""How Sphinx sets the pages of docs/ as a site. `docs/site/build.py` calls it on a copy of them; see there."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from tooltips import link_terms  # noqa: E402

project = "sousveil"
copyright = "the sousveil contributors, Apache-2.0"
extensions = ["myst_nb"]
html_theme = "furo"
html_title = "sousveil"
html_static_path = [str(HERE / "static")]
html_css_files = ["site.css"]
html_show_sphinx = False
html_copy_source = False
html_theme_options = {"navigation_with_keys": True}
exclude_patterns = ["site", "**/.ipynb_checkpoints"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_merge_streams = True
nb_output_stderr = "remove"  # that something is compiled at first use is no part of a page
# Nothing is fetched: charts are pictures when the site is built, and no script comes from elsewhere.
suppress_warnings = ["mystnb.unknown_mime_type"]


def setup(app):
    """Words of the glossary show what they mean."""
    app.connect("doctree-resolved", link_terms)
