"""The JSON Schema of cohort.yml, by which editors explain and check it: docs/schema/cohort.schema.json.

`python docs/make_pages.py` writes it.
"""

import json

from .meta import CohortFile

TITLE = "cohort.yml: facts about a cohort of patients with an immune checkpoint inhibitor rechallenge"


def cohort_schema() -> str:
    """The schema as a file: JSON, indented, with a line end."""
    schema = CohortFile.model_json_schema(by_alias=True) | {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": TITLE,
        "required": ["title"],
    }
    return json.dumps(schema, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
