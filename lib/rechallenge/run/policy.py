"""The content security policy of a page: its own script, known by its hash, may run; nothing may be loaded or sent."""

import base64
import hashlib
from pathlib import Path

TEMPLATES = Path(__file__).parent / "templates" / "rechallenge"


def own_script(name: str) -> str:
    """A script of the templates as it stands between <script> and </script>."""
    return f"\n{(TEMPLATES / name).read_text(encoding='utf-8')}\n"


def policy(script: str) -> str:
    """The policy of a page whose one script is `script`, to the letter.

    Styles stand in the page, many of them in drawings; pictures are part of the page (data:) or drawn by it (blob:).
    Source: Content Security Policy Level 3 (W3C), hash sources.
    """
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data: blob:; font-src"
        " data:; connect-src 'none'; base-uri 'none'; form-action 'none'"
    )
