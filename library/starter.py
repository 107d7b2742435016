"""Starter words: the glossary, organisations, and what the search knows of lay words and urgent ones."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import models, transaction

from conditions.models import RedFlagCard
from library.models import Organisation, Synonym, Term, Topic, UrgentPhrases

FOLDER = Path(__file__).parent / "starter"


@transaction.atomic
def load_starter_words(folder: Path = FOLDER) -> dict[str, int]:
    """How many rows were made in each table. One that has rows already stays as editors have made it.

    Raises ValidationError for a row that breaks a rule, and RedFlagCard.DoesNotExist for phrases whose card
    is not loaded yet; nothing is loaded then.
    """
    makers: dict[str, tuple[type[models.Model], Callable[[dict[str, Any]], models.Model]]] = {
        "glossary": (Term, _term),
        "organisations": (Organisation, _organisation),
        "synonyms": (Synonym, _synonym),
        "urgent": (UrgentPhrases, _urgent),
    }
    made = {}
    for name, (model, make) in makers.items():
        if model._default_manager.exists():
            made[name] = 0
            continue
        (rows,) = tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8")).values()
        for row in rows:
            instance = make(row)
            instance.full_clean()
            instance.save()
        made[name] = len(rows)
    return made


def _term(row: dict[str, Any]) -> Term:
    return Term(**row | {"other_forms": "\n".join(row.get("other_forms", []))})


def _organisation(row: dict[str, Any]) -> Organisation:
    first, *other = (Topic(value) for value in row.pop("topics"))
    return Organisation(topic=first, other_topic=other[0] if other else "", **row)


def _synonym(row: dict[str, Any]) -> Synonym:
    return Synonym(words="\n".join(row["words"]))


def _urgent(row: dict[str, Any]) -> UrgentPhrases:
    card = RedFlagCard.objects.get(name=row["card"])
    return UrgentPhrases(card=card, phrases="\n".join(row["phrases"]))
