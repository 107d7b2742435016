"""A Wagtail site with one page of the parts, the words and about the size of one of ours, in a folder and a
virtual environment of its own. bench/wagtail/ holds its files."""

import json
import re
import shutil
import subprocess
import sys
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

from conditions.models import Version

WAGTAIL = "8.0.1"
PAGE = "/page/"
_FILES = Path(__file__).parent / "wagtail"
_MAIN = re.compile(r"<main\b.*?</main>", re.DOTALL)
_FORM = re.compile(r"<form\b.*?</form>", re.DOTALL)


def make(folder: Path, slug: str, html: str, environment: dict[str, str]) -> Path:
    """From the page that has this slug, which looks like this; returns the site's own Python."""
    shutil.copytree(_FILES, folder)
    templates = folder / "templates"
    templates.mkdir()
    # Menu, head and foot are fixed text there: less work than a site of Wagtail's would have with them.
    before, after = _MAIN.split(html)
    # So are the forms of the page itself.
    forms = "".join(_FORM.findall(html[len(before) : -len(after)]))
    for name, text in (("before", before), ("forms", forms), ("after", after)):
        (templates / f"{name}.html").write_text(f"{{% verbatim %}}{text}{{% endverbatim %}}")
    (folder / "parts.json").write_text(json.dumps(parts_of(slug)))
    (folder / "medical" / "migrations").mkdir()
    (folder / "medical" / "migrations" / "__init__.py").touch()
    python = folder / "venv" / "bin" / "python"
    _run([sys.executable, "-m", "venv", folder / "venv"], folder, environment)
    packages = [f"wagtail=={WAGTAIL}", f"django=={installed('django')}", f"gunicorn=={installed('gunicorn')}"]
    _run([python, "-m", "pip", "install", "--quiet", *packages], folder, environment)
    _run([python, "fill.py", "parts.json"], folder, environment)
    return python


def _run(command: list[str | Path], folder: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600)
    if done.returncode:
        raise RuntimeError(f"{command[1:4]} failed: {done.stderr[-2000:]}")


def parts_of(slug: str) -> dict[str, Any]:
    version = Version.objects.live().conditions().get(page__slug=slug)
    return {
        "title": version.title,
        "other_names": ", ".join(version.other_name_list),
        "summary": version.summary,
        "overview": version.overview,
        "symptoms": version.symptoms,
        "self_care": version.self_care,
        "red_flags": [
            {
                "urgency": flag.urgency,
                "label": flag.get_urgency_display(),
                "heading": flag.heading,
                "items": "\n".join(flag.item_list),
                "note": flag.note,
            }
            for flag in version.red_flags.all()
        ],
        "causes": [{"title": cause.title, "body": cause.body} for cause in version.causes.all()],
        "treatments": [
            {
                "name": use.name,
                "link": use.page.get_absolute_url() if use.page else "",
                "evidence": use.evidence,
                "evidence_label": use.get_evidence_display(),
                "body": use.body,
            }
            for use in version.treatments.select_related("page")
        ],
        "sections": [
            {"anchor": part.anchor, "heading": part.heading, "body": part.body}
            for part in version.sections.all()
        ],
        "related": [
            {
                "title": related.page.slug.replace("-", " "),
                "link": related.page.get_absolute_url(),
                "difference": related.difference,
            }
            for related in version.related_pages.select_related("page")
        ],
        "sources": [
            {
                "title": citation.source.title,
                "publisher": citation.source.publisher,
                "url": citation.source.url,
                "dated": citation.source.dated,
                "further_reading": citation.further_reading,
            }
            for citation in version.citations.select_related("source")
        ],
    }
