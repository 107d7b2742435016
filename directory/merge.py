"""Two listings of one person or one clinic become one, and nothing that hangs on either is lost."""

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import models, router, transaction
from django.db.models.deletion import Collector
from simple_history.models import HistoricalChanges

from conditions.compare import Change
from directory.fields import ChoiceListField
from directory.history import (
    Listing,
    Names,
    State,
    begin_history,
    changes_between,
    hold,
    is_no_statement,
    label_of,
    newest_record_id,
    shown_fields,
    signed,
    state_of,
    words_of,
)
from directory.models import Apart, Clinic, FormerProfile, Merged, Physiotherapist, SearchPoint
from directory.models.clinic import ACCESS
from directory.models.points import places_at_hand
from places.locate import Place, PlaceNotFound, locate_postcode

KEPT, GONE, BOTH = "kept", "gone", "both"
CHANGED_SINCE = "Somebody changed one of the two since you opened this page. Look again, then decide."
# Reckoned from the listings, so it is made anew and not moved.
DERIVED: tuple[type[models.Model], ...] = (SearchPoint,)

# What is only true together is chosen together. The date says which of the two is newer.
_TOGETHER: dict[type[models.Model], dict[str, tuple[str, tuple[str, ...]]]] = {
    Physiotherapist: {
        "Registration": ("checked_on", ("hcpc_number", "checked_by", "checked_on", "check_due_on")),
        "Home visits": (
            "",
            (
                "home_visits",
                "visit_postcode",
                "visit_miles",
                "visit_fee",
                "hoist_at_home",
                "visit_latitude",
                "visit_longitude",
            ),
        ),
    },
    Clinic: {
        "Where it is": ("", ("address", "postcode", "pin_by_hand", "latitude", "longitude")),
        "Access": ("access_stated_on", ACCESS),
    },
}


class Question(NamedTuple):
    """What the two say differently. ``answers`` are the values by KEPT, GONE and BOTH, as lines to read."""

    name: str
    label: str
    fields: tuple[str, ...]
    answers: dict[str, list[str]]
    likely: str


class Move(NamedTuple):
    """What goes over to the listing that is kept."""

    label: str
    lines: list[str]


class Report(NamedTuple):
    moves: list[Move]
    changes: list[Change]
    # Addresses that lead to the kept profile from then on.
    redirects: list[str]
    listing: Any


def questions(kept: Listing, gone: Listing) -> list[Question]:
    """One for each thing on which the two differ. Many-to-many fields are never chosen: all links stay."""
    model = type(kept)
    states = {KEPT: state_of(kept), GONE: state_of(gone)}
    names = Names(model, states.values())
    fields = {field.name: field for field in shown_fields(model) if not field.many_to_many}
    together = _TOGETHER[model]
    grouped = {name for _, group in together.values() for name in group}
    asked = [(label, newer, group) for label, (newer, group) in together.items()]
    asked += [(label_of(field), "", (name,)) for name, field in fields.items() if name not in grouped]
    found = []
    for label, newer, group in asked:
        if all(states[KEPT][name] == states[GONE][name] for name in group):
            continue
        shown = [fields[name] for name in group if name in fields]
        answers = {side: _answer(shown, state, names) for side, state in states.items()}
        if answers[KEPT] == answers[GONE]:
            # Nothing that an editor could see differs.
            continue
        if isinstance(shown[0], ChoiceListField) and answers[KEPT] and answers[GONE]:
            answers[BOTH] = words_of(shown[0], _both(shown[0], states), names)
        found.append(Question(group[0], label, group, answers, _likely(answers, states, newer)))
    order = {name: number for number, name in enumerate(fields)}
    return sorted(found, key=lambda question: order[question.name])


def _answer(fields: list[Any], state: State, names: Names) -> list[str]:
    said = [(field, words_of(field, state[field.name], names)) for field in fields]
    if len(said) == 1:
        return said[0][1]
    return [
        f"{label_of(field)}: {', '.join(lines)}"
        for field, lines in said
        if lines and not is_no_statement(field, lines)
    ]


def _both(field: ChoiceListField, states: dict[str, State]) -> list[str]:
    said = {*states[KEPT][field.name], *states[GONE][field.name]}
    return [value for value in field.of.values if value in said] if field.of else sorted(said)


def _likely(answers: dict[str, list[str]], states: dict[str, State], newer: str) -> str:
    if BOTH in answers:
        return BOTH
    if newer:
        dates = {side: state[newer] or date.min for side, state in states.items()}
        return GONE if dates[GONE] > dates[KEPT] else KEPT
    return GONE if answers[GONE] and not answers[KEPT] else KEPT


@transaction.atomic
def merge(
    model: type[Any],
    kept_pk: int,
    gone_pk: int,
    choices: dict[str, str],
    by: User,
    seen: tuple[int, int],
) -> Report:
    """Move everything from one listing to the other, and delete the one.

    ``choices``: KEPT, GONE or BOTH by the names of the questions; what is not named stays as the kept
    one has it. ``seen``: the newest record of each when the editor looked. Raises ValidationError, with
    nothing changed, if either was changed since or if something cannot be moved.
    """
    held = {listing.pk: listing for listing in hold(model, kept_pk, gone_pk)}
    if kept_pk == gone_pk or len(held) < 2:
        raise ValidationError("One of the two was deleted or merged in the meantime. Nothing was changed.")
    kept, gone = held[kept_pk], held[gone_pk]
    if (newest_record_id(model, kept_pk), newest_record_id(model, gone_pk)) != seen:
        raise ValidationError(CHANGED_SINCE)
    if kept.sample != gone.sample:
        raise ValidationError("One of the two is a sample listing. Delete that one instead.")
    for listing in (kept, gone):
        begin_history(listing)
    states = {KEPT: state_of(kept), GONE: state_of(gone)}
    chosen = _chosen(model, kept, gone, choices, states)
    of_gone = full_name(gone)
    reason = f"Merged: {of_gone} into {full_name(kept)}"
    moves = [move for move in _moves(model, kept, gone, by, reason) if move.lines]
    _refuse_loss(gone)
    signed(gone, by, reason).delete()
    for name, value in chosen.items():
        setattr(kept, model._meta.get_field(name).attname, value)
    with places_at_hand(_retired_places(states)):
        kept.full_clean()
    signed(kept, by, reason).save()
    for field in model._meta.many_to_many:
        getattr(kept, field.name).add(*states[GONE][field.name])
    redirects = _lead_here(kept, states) if isinstance(kept, Physiotherapist) else []
    _remember(model._meta.model_name or "", kept, gone_pk, of_gone, by)
    after = state_of(kept)
    names = Names(model, [states[KEPT], after])
    return Report(moves, changes_between(model, states[KEPT], after, names), redirects, kept)


def rehearse(*args: Any, **kwargs: Any) -> Report:
    """What ``merge`` would do: it is done, looked at and taken back."""
    with transaction.atomic():
        report = merge(*args, **kwargs)
        transaction.set_rollback(True)
    return report


def _chosen(
    model: type[Any], kept: Listing, gone: Listing, choices: dict[str, str], states: dict[str, State]
) -> State:
    values: State = {}
    for question in questions(kept, gone):
        side = choices.get(question.name, KEPT)
        if side == BOTH and BOTH in question.answers:
            field = model._meta.get_field(question.name)
            assert isinstance(field, ChoiceListField)  # noqa: S101 - for the type checker
            values[question.name] = _both(field, states)
        elif side == GONE:
            values |= {name: states[GONE][name] for name in question.fields}
    return values


def _retired_places(states: dict[str, State]) -> dict[str, Place]:
    """Postcodes of the two that are not held any more, with the points that they had."""
    found = {}
    for state in states.values():
        name, start = ("visit_postcode", "visit_") if "visit_postcode" in state else ("postcode", "")
        point = state[f"{start}latitude"], state[f"{start}longitude"]
        if not state[name] or state.get("pin_by_hand") or None in point:
            continue
        try:
            locate_postcode(state[name])
        except PlaceNotFound:
            found[state[name]] = Place(*point, state[name], "postcode")
    return found


def relations_to_move(model: type[Any]) -> Iterator[Any]:
    """Every relation of another table that points to the model, whoever made it, but for what is derived
    and for the histories: those say what was."""
    for relation in model._meta.get_fields(include_hidden=True):
        # Those of the model's own fields have their side of it; a link table is its field's affair.
        if not relation.auto_created or relation.concrete or relation.related_model._meta.auto_created:
            continue
        if issubclass(relation.related_model, (HistoricalChanges, *DERIVED)):
            continue
        yield relation


def _moves(model: type[Any], kept: Listing, gone: Listing, by: User, reason: str) -> Iterator[Move]:
    for relation in relations_to_move(model):
        field = relation.field
        rows = list(relation.related_model._base_manager.filter(**{field.name: gone}).order_by("pk"))
        lines = [str(row) for row in rows]
        for row in rows:
            if relation.many_to_many:
                _link_instead(row, field, kept, gone, by, reason)
            else:
                _point_to(row, field, kept)
        yield Move(_plural(relation.related_model), lines)
    for field in model._meta.many_to_many:
        added = getattr(gone, field.name).exclude(pk__in=getattr(kept, field.name).values("pk"))
        yield Move(label_of(field), [str(row) for row in added])


def _link_instead(row: Any, field: Any, kept: Listing, gone: Listing, by: User, reason: str) -> None:
    if isinstance(row, Physiotherapist | Clinic):
        begin_history(row)
    links = getattr(signed(row, by, reason), field.name)
    links.add(kept)
    links.remove(gone)


def _point_to(row: Any, field: Any, kept: Listing) -> None:
    setattr(row, field.name, kept)
    try:
        row.validate_unique()
        row.validate_constraints()
    except ValidationError as error:
        raise ValidationError(
            f"Nothing was changed, because this cannot be moved: {_singular(type(row))} “{row}”. "
            + " ".join(error.messages)
        ) from error
    row.save(update_fields=[field.name])


def _refuse_loss(gone: Listing) -> None:
    """For a relation of a kind that was not thought of: better no merge than a loss."""
    collector = Collector(using=router.db_for_write(type(gone)), origin=gone)
    collector.collect([gone])
    lost = [*collector.data, *(rows.model for rows in collector.fast_deletes if rows.exists())]
    for model in lost:
        if not model._meta.auto_created and not issubclass(model, (type(gone), *DERIVED)):
            raise ValidationError(f"Nothing was changed: some {_plural(model).lower()} would be lost.")


def _lead_here(kept: Physiotherapist, states: dict[str, State]) -> list[str]:
    FormerProfile.objects.filter(slug=kept.slug).delete()
    former = sorted({state["slug"] for state in states.values()} - {kept.slug})
    for slug in former:
        FormerProfile.objects.update_or_create(slug=slug, defaults={"physiotherapist": kept})
    return former


def _remember(kind: str, kept: Listing, gone_pk: int, name: str, by: User) -> None:
    Merged.objects.create(kind=kind, gone=gone_pk, name=name, kept=kept.pk, merged_by=by)
    said = Apart.objects.filter(kind=kind)
    for column, other in (("lower", "higher"), ("higher", "lower")):
        for pair in said.filter(**{column: gone_pk}):
            if (third := getattr(pair, other)) != kept.pk:
                say_apart(kind, kept.pk, third, pair.said_by)
            pair.delete()


def full_name(listing: Listing) -> str:
    """Tells two people of one name apart."""
    number = f" ({listing.hcpc_number})" if isinstance(listing, Physiotherapist) else ""
    return f"{listing}{number}"


def say_apart(kind: str, one: int, other: int, by: User | None) -> None:
    """These two are two: they are not offered as duplicates again."""
    lower, higher = sorted((one, other))
    Apart.objects.get_or_create(kind=kind, lower=lower, higher=higher, defaults={"said_by": by})


def _plural(model: type[models.Model]) -> str:
    return str(model._meta.verbose_name_plural).capitalize()


def _singular(model: type[models.Model]) -> str:
    return str(model._meta.verbose_name)
