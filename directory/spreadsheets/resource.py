"""Rows and listings: of each row whether it is new, changed, same or wrong, and why."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, ClassVar

import tablib
from django.contrib.auth.models import User
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import connection
from django.db.models import Model
from import_export.fields import Field
from import_export.instance_loaders import BaseInstanceLoader
from import_export.resources import Resource
from import_export.results import RowResult
from import_export.widgets import Widget
from rapidfuzz import fuzz, process

from directory.duplicates import IN_MANY_NAMES, TITLES, bare_name
from directory.spreadsheets.at_hand import Clinics, Places
from directory.spreadsheets.cells import KEEP, excerpts, plain, shortened
from directory.spreadsheets.checks import broken_constraints
from directory.spreadsheets.headings import columns_of
from directory.spreadsheets.keeping import keep_changed, keep_new
from directory.spreadsheets.sheet import Sheet

BATCH = 1000
# A page with every word of 20,000 changed rows would be of 20 MB.
TOLD_IN_FULL = 1000
# Words that the names of many share.
_SAY_NOTHING = TITLES | IN_MANY_NAMES | {"of", "and", "clinics", "rooms"}
# Columns of the data set that no file has: the line on which a row stands, and how many cells are too many.
LINE, TOO_MANY = "\x00line", "\x00too many"
NEW, CHANGED, SAME, WRONG = (
    RowResult.IMPORT_TYPE_NEW,
    RowResult.IMPORT_TYPE_UPDATE,
    RowResult.IMPORT_TYPE_SKIP,
    RowResult.IMPORT_TYPE_INVALID,
)


class Column(Field):
    """One column of the sheet, for one field of the listing. ``about`` says what its cells may hold."""

    def __init__(self, heading: str, widget: Widget, about: str = "") -> None:
        super().__init__(column_name=heading, widget=widget)
        self.about = about

    def put(self, draft: "Draft", cell: Any, resource: "ListingResource") -> None:
        """Raises ValueError, with a message for whoever made the file."""
        value = self.widget.clean(cell)
        if value is not KEEP:
            setattr(draft.listing, self.attribute, value)

    def words(self, draft: "Draft", values: dict[str, Any], resource: "ListingResource") -> str:
        """A value of the listing as the sheet would say it."""
        return str(self.widget.render(values[self.attribute]))


@dataclass
class Draft:
    """A listing as its row would make it. ``links`` are the keys of what each many-to-many field names."""

    listing: Any
    is_new: bool
    before: dict[str, Any]
    link_rows: dict[str, dict[int, int]] = field(default_factory=dict)
    links: dict[str, list[int]] = field(default_factory=dict)

    def both_keys(self, name: str) -> tuple[list[int], list[int]]:
        """What a many-to-many field names, before and after."""
        return list(self.link_rows[name]), self.links[name]

    @property
    def digest(self) -> bytes:
        """The same for two changes from and to the same, to the last letter."""
        after = values_of(self.listing)
        fields = [(name, self.before[name], after[name]) for name in sorted(self.changed_fields)]
        links = [(name, *map(sorted, self.both_keys(name))) for name in sorted(self.changed_links)]
        return sha256(repr((fields, links)).encode()).digest()

    @property
    def changed_fields(self) -> set[str]:
        return {name for name, value in values_of(self.listing).items() if value != self.before[name]}

    @property
    def changed_links(self) -> set[str]:
        return {name for name, keys in self.links.items() if set(keys) != self.link_rows[name].keys()}


class Outcome(RowResult):
    """What became of a row. ``changes`` are column, words before and words after, as far as they fit into a
    table; after many rows only the ``columns`` are told. ``digest`` is of all of it."""

    # Not one of each for every row of 20,000; where there is something to tell, it is put in their place.
    errors: Sequence[Any] = ()
    validation_error = None
    changes: Sequence[tuple[str, str, str]] = ()
    columns: Sequence[str] = ()
    digest = b""
    reasons: Sequence[tuple[str, str]] = ()
    renamed: tuple[str, str] | None = None
    unknown_postcodes: Sequence[str] = ()
    is_sample = False

    def __init__(self, line: int) -> None:
        """Without the parent's, which keeps a dozen things of each row."""
        self.line = line
        self.title = ""
        self.import_type = ""


class _NoLoader(BaseInstanceLoader):
    """The resource looks up a batch at a time."""


class ListingResource(Resource):
    """What physiotherapists and clinics share. Only with ``keeps`` is anything written.

    Without ``tells_changes`` the report says that a row changes something, not what.
    """

    # The columns without which nobody could tell whom or what a row is about.
    needed: ClassVar[list[str]] = []
    link_names: ClassVar[list[str]] = []
    # Fields that hold a postcode.
    postcodes: ClassVar[list[str]] = []
    of_people: ClassVar[bool] = False
    # Set here and not by a column.
    not_cleaned: ClassVar[set[str]] = set()

    class Meta:
        use_bulk = True
        batch_size = BATCH
        chunk_size = BATCH
        instance_loader_class = _NoLoader
        import_id_fields: ClassVar[list[str]] = []

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name, column in cls.fields.items():
            column.attribute = name

    def __init__(
        self,
        user: User | None = None,
        reason: str = "",
        keeps: bool = False,
        tells_changes: bool = True,
        progress: Callable[[int], Any] = lambda _: None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.user, self.reason, self.progress = user, reason, progress
        self.keeps, self.tells_changes = keeps, tells_changes
        self.places = Places()
        self.people: dict[str, Any] = {}
        self.known_clinics = Clinics()
        self.seen: dict[Any, int] = {}
        self.told = 0
        self.rows: tablib.Dataset = tablib.Dataset()

    @classmethod
    def columns(cls) -> list[Column]:
        return list(cls.fields.values())

    @classmethod
    def get_display_name(cls) -> str:
        return str(cls._meta.model._meta.verbose_name_plural)

    @classmethod
    def dataset(cls, sheet: Sheet) -> tablib.Dataset:
        """Raises SheetError where the headings are not ours."""
        found = columns_of(sheet, [column.column_name for column in cls.columns()], cls.needed)
        places = [index for index, column in enumerate(found) if column]
        data = tablib.Dataset(headers=[LINE, TOO_MANY, *(found[index] for index in places)])
        for line, cells in sheet.rows:
            data.append([line, len(cells) - len(found), *(cells[index] for index in places)])
        return data

    # What a kind of listing says for itself.

    def look_up(self, rows: list[dict[str, Any]], lock: bool) -> None:
        """What these rows are about, before they are read one by one."""
        raise NotImplementedError

    def hold(self, people: set[int], clinics: set[int]) -> None:
        """Lock what the file is about, in the order of ``directory.search_table``."""
        raise NotImplementedError

    def find(self, row: dict[str, Any]) -> Any:
        """The listing that the row is about, None for a new one. Raises ValidationError."""
        raise NotImplementedError

    def links_now(self, listing: Any) -> dict[str, dict[int, int]]:
        return {}

    def settle(self, draft: Draft, row: dict[str, Any], errors: dict[str, list[str]]) -> None:
        """After the cells are in their fields: what several of them mean together."""

    def complete(self, draft: Draft) -> None:
        """What no column says, for a row that changes something."""

    def title_of(self, listing: Any) -> str:
        return str(listing)

    # The way of a row.

    def init_instance(self, row: Any = None) -> Any:
        return self._meta.model()

    def hold_all(self, dataset: tablib.Dataset) -> None:
        """Before the first batch is kept: the locks of one batch after another would be in no order."""
        if not connection.features.has_select_for_update:
            return
        people: set[int] = set()
        clinics: set[int] = set()
        for start in range(0, len(dataset), BATCH):
            self.look_up(_rows_of(dataset, start), lock=False)
            people.update(person.pk for person in self.people.values())
            clinics.update(self.known_clinics.by_id)
        self.hold(people, clinics)

    def before_import(self, dataset: tablib.Dataset, **kwargs: Any) -> None:
        self.rows = dataset

    def import_row(self, row: dict[str, Any], instance_loader: Any, **kwargs: Any) -> Outcome:
        number = kwargs["row_number"] - 1
        if number % BATCH == 0:
            self.look_up(_rows_of(self.rows, number), lock=self.keeps)
        outcome = Outcome(row[LINE])
        try:
            draft = self.read(row, outcome)
        except ValidationError as error:
            outcome.import_type = WRONG
            outcome.reasons = list(self._reasons(error))
        else:
            if self.keeps and outcome.import_type == NEW:
                self.create_instances.append(draft)
            elif self.keeps and outcome.import_type == CHANGED:
                self.update_instances.append(draft)
        self.progress(1)
        return outcome

    def read(self, row: dict[str, Any], outcome: Outcome) -> Draft:
        """Raises ValidationError."""
        outcome.title = self._first_words(row)
        if row[TOO_MANY] > 0:
            raise ValidationError(
                f"The row has {row[TOO_MANY]} more cells than there are headings. In a CSV file, a text with "
                "a comma needs quotation marks around it."
            )
        found = self.find(row)
        listing = self.init_instance() if found is None else found
        draft = Draft(listing, found is None, values_of(listing), self.links_now(listing))
        draft.links = {name: list(rows) for name, rows in draft.link_rows.items()}
        outcome.is_sample = listing.sample
        errors: dict[str, list[str]] = {}
        for column in self.columns():
            if column.column_name in row:
                try:
                    column.put(draft, row[column.column_name], self)
                except ValueError as error:
                    errors[column.attribute] = [str(error)]
        self.settle(draft, row, errors)
        if not errors and self._is_same(draft):
            outcome.import_type, outcome.title = SAME, self.title_of(listing)
            return draft
        self.complete(draft)
        self._clean(draft, errors, outcome)
        outcome.title = self.title_of(listing)
        # Of a new listing the file says it all.
        if self.tells_changes and not draft.is_new:
            self._tell_changes(draft, outcome)
        if not draft.is_new and differ_widely(draft.before["name"], listing.name, self.of_people):
            outcome.renamed = draft.before["name"], listing.name
        outcome.import_type = NEW if draft.is_new else SAME if self._is_same(draft) else CHANGED
        return draft

    def once(self, key: Any, row: dict[str, Any], what: str) -> None:
        """Raises ValidationError where an earlier row was about the same."""
        if (line := self.seen.setdefault(key, row[LINE])) != row[LINE]:
            raise ValidationError(f"Row {line} is about the same {what}. Keep one of the two.")

    def _is_same(self, draft: Draft) -> bool:
        return not draft.is_new and not draft.changed_fields and not draft.changed_links

    def _clean(self, draft: Draft, errors: dict[str, list[str]], outcome: Outcome) -> None:
        """The same rules as a form's. Raises ValidationError."""
        for name in self.postcodes:
            # So that the model finds it there, or the reason why not.
            self.places.locate(getattr(draft.listing, name))
        try:
            # What must be once is: rows are found by it, and addresses are made so.
            draft.listing.full_clean(
                exclude=errors.keys() | self.not_cleaned, validate_unique=False, validate_constraints=False
            )
        except ValidationError as error:
            errors |= error.message_dict
        if not errors and (messages := broken_constraints(draft.listing)):
            errors[NON_FIELD_ERRORS] = messages
        if errors:
            outcome.unknown_postcodes = [
                code
                for name in self.postcodes
                if name in errors
                and (code := self.places.written(getattr(draft.listing, name))) in self.places.unknown
            ]
            raise ValidationError(errors)

    def _tell_changes(self, draft: Draft, outcome: Outcome) -> None:
        outcome.digest = draft.digest
        changes = list(self._changes(draft))
        if self.told < TOLD_IN_FULL:
            self.told += 1
            outcome.changes = changes
        else:
            outcome.columns = [column for column, _, _ in changes]

    def _changes(self, draft: Draft) -> Iterator[tuple[str, str, str]]:
        after = values_of(draft.listing)
        for column in self.columns():
            if column.attribute in draft.links:
                if column.attribute in draft.changed_links:
                    yield column.column_name, *excerpts(*column.both_words(draft, self))
            elif draft.before[column.attribute] != after[column.attribute]:
                old = column.words(draft, draft.before, self)
                new = column.words(draft, after, self)
                if old != new:
                    yield column.column_name, *excerpts(old, new)

    def _reasons(self, error: ValidationError) -> Iterator[tuple[str, str]]:
        if not hasattr(error, "error_dict"):
            yield from (("", message) for message in error.messages)
            return
        order = [*self.fields, *error.message_dict]
        for name, messages in sorted(error.message_dict.items(), key=lambda item: order.index(item[0])):
            heading = self.fields[name].column_name if name in self.fields else ""
            yield from ((heading, message) for message in messages)

    def _first_words(self, row: dict[str, Any]) -> str:
        told = (plain(row.get(heading)) for heading in dict.fromkeys([*self.needed, "Name"]))
        return shortened(" ".join(words for words in told if words))

    def export_resource(self, instance: Any, selected_fields: Any = None, **kwargs: Any) -> list[Any]:
        return [column.export(instance, **kwargs) for column in self.columns()]

    # Keeping, a batch at a time.

    def bulk_create(self, *args: Any, **kwargs: Any) -> None:
        if self.create_instances:
            keep_new(self._meta.model, self.create_instances, self.user, self.reason)
            self.create_instances.clear()

    def bulk_update(self, *args: Any, **kwargs: Any) -> None:
        if self.update_instances:
            keep_changed(self._meta.model, self.update_instances, self.user, self.reason)
            self.update_instances.clear()

    def bulk_delete(self, *args: Any, **kwargs: Any) -> None:
        """A row that is missing from a file deletes nothing."""


def _rows_of(dataset: tablib.Dataset, start: int) -> list[dict[str, Any]]:
    """A batch of them."""
    return [dict(zip(dataset.headers, cells, strict=True)) for cells in dataset[start : start + BATCH]]


def values_of(listing: Model) -> dict[str, Any]:
    return {field.attname: getattr(listing, field.attname) for field in listing._meta.concrete_fields}


def differ_widely(before: str, after: str, of_people: bool = False) -> bool:
    """Two names that share no word that says anything, not even one that is spelt nearly so.

    People who share a first name are others all the same: their last names must be alike.
    """
    if not before.strip() or not after.strip():
        return False
    if of_people and not _alike(_last_name(before), _last_name(after)):
        return True
    return not _alike(bare_name(before, _SAY_NOTHING).split(), bare_name(after, _SAY_NOTHING).split())


def _last_name(name: str) -> list[str]:
    """Both parts of a double one."""
    first, _, last = name.rpartition(",")
    words = f"{last} {first}".split()
    return bare_name(words[-1], set()).split() if words else []


def _alike(words: list[str], others: list[str]) -> bool:
    return any(process.extractOne(word, others, scorer=fuzz.ratio, score_cutoff=75) for word in words)
