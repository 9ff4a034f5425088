"""The documentation as a site: `python3 sv docs` calls this, and it needs the tools of requirements-docs.lock.

The pages of docs/ are copied, the reference is written beside them (files from the schemas, commands from their help
and answers, Python from its docstrings), the atlas gallery is set, notebooks are run, and Sphinx puts all together.
Whatever Sphinx warns of is an error. Nothing is fetched, and the site asks nobody for anything.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "out" / "docs"

CONTENTS = (
    ("Start", ("start", "install", "app", "glossary")),
    ("Guides", ("guides/regime", "guides/risk-score", "guides/list", "guides/face-search", "guides/an-audit",
                "guides/information-request", "guides/a-filing", "recipes")),
    ("Notebooks", ("notebooks/journalist", "notebooks/scientist", "teaching/pack", "teaching/exercises")),
    ("Reference", ("scheme-files", "made/files", "made/commands", "python", "made/python-names", "results", "trace",
                   "provenance", "versions")),
    ("Instruments", ("compare", "unknowns", "infer", "audit", "baserate", "filing", "reports", "changes")),
    ("Explanation", ("MODEL", "odd", "harms", "chance", "intervals", "why", "coverage", "exact", "limits",
                     "boundaries", "coming-from")),
    ("The atlas", ("atlas", "made/gallery")),
    ("The project", ("performance", "cluster", "contributing", "CHANGELOG", "SECURITY", "CODE_OF_CONDUCT")),
)
"""Part -> its pages, in the order of the menu. A page that stands in none is warned of, and so an error."""


BESIDE = ("CHANGELOG.md", "SECURITY.md", "CODE_OF_CONDUCT.md")
"""Pages that stand beside docs/, where those who have only the repository look for them."""


def main():
    """Build the site, and say where it is."""
    source, site = OUT / "source", OUT / "site"
    shutil.rmtree(OUT, ignore_errors=True)
    shutil.copytree(ROOT / "docs", source, ignore=shutil.ignore_patterns("site", "__pycache__", ".ipynb_checkpoints"))
    for page in BESIDE:
        text = (ROOT / page).read_text(encoding="utf-8")
        (source / page).write_text(text.replace("](docs/", "]("), encoding="utf-8")
    for page in source.glob("*.md"):  # what stands beside docs/ stands among its pages in the site
        page.write_text(re.sub(rf"\]\(\.\./({'|'.join(map(re.escape, BESIDE))})\)", r"](\1)",
                               page.read_text(encoding="utf-8")), encoding="utf-8")
    _add_contents(source / "index.md")
    sys.path[:0] = [str(ROOT / "src"), str(Path(__file__).parent)]
    # What the audits of the examples print is no matter of whoever builds: their own ledger is neither read nor grows.
    os.environ["XDG_STATE_HOME"] = str(OUT / "state")
    import reference

    (source / "made").mkdir()
    for name, text in reference.pages(OUT / "play").items():
        (source / "made" / f"{name}.md").write_text(text, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "SOUSVEIL_DOCS": "1",
                   "IPYTHONDIR": str(_settings_of_notebooks())}
    # Files of one folder of examples do not meet those of another: notebooks run where nothing else is.
    status = subprocess.call([sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", "-c",
                              str(ROOT / "docs" / "site"), str(source), str(site)], cwd=OUT, env=environment)
    if status:
        return status
    import sousveil

    sousveil.gallery(site / "gallery")
    for left in ("play", "state"):
        shutil.rmtree(OUT / left, ignore_errors=True)
    print(f"The site: {(site / 'index.html').relative_to(ROOT)}")
    return 0


def _settings_of_notebooks():
    """A folder of settings of its own: those of whoever builds stay out, and kernels say nothing but errors."""
    folder = OUT / "ipython"
    (folder / "profile_default").mkdir(parents=True)
    (folder / "profile_default" / "ipython_kernel_config.py").write_text("c.Application.log_level = 'ERROR'\n")
    return folder


def _add_contents(index):
    parts = []
    for part, pages in CONTENTS:
        there = "\n".join(pages)
        parts.append(f"```{{toctree}}\n:hidden:\n:caption: {part}\n\n{there}\n```\n")
    index.write_text(index.read_text(encoding="utf-8") + "\n" + "\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
