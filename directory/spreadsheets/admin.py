"""Import and export in the admin, under its strict content security policy and without scripts."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth.models import User
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import mark_safe
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from import_export.admin import ImportExportMixin

from conditions.admin.common import editor
from directory.spreadsheets.formats import PlainFile, Workbook, csv_file
from directory.spreadsheets.forms import (
    TOO_LARGE,
    ConfirmForm,
    ExportForm,
    Upload,
    UploadForm,
    forget,
    refusing,
    sealed,
    unsealed,
)
from directory.spreadsheets.importing import TRY_AGAIN, Report, keep, look
from directory.spreadsheets.resource import ListingResource
from directory.spreadsheets.sheet import FOR_ADMIN, MEGABYTE, Sheet, SheetError
from directory.spreadsheets.streaming import Progress, Tell, streamed

# What is done with a sheet; returns what the page says of it.
Work = Callable[[Sheet, Tell], dict[str, Any]]
# What a form with a file sends beside it.
_AROUND_A_FILE = MEGABYTE
# What takes longer is told of while it is done.
AT_ONCE_ROWS, AT_ONCE_BYTES = 1000, 200_000


class SpreadsheetAdmin(ImportExportMixin, admin.ModelAdmin):
    """For a list's class, before its other bases; it names its ``resource_classes``."""

    formats = [PlainFile, Workbook]
    import_export_change_list_template = "admin/spreadsheets/change_list.html"
    import_template_name = "admin/spreadsheets/import.html"
    export_template_name = "admin/spreadsheets/export.html"
    export_form_class = ExportForm

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        unknown = self.admin_site.admin_view(require_POST(self.unknown_postcodes))
        return [
            path("import/", self._refusing_large(self.import_action), name=f"{name}_import"),
            path("import/unknown-postcodes/", unknown, name=f"{name}_unknown_postcodes"),
            *super().get_urls(),
        ]

    def has_import_permission(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request) and self.has_change_permission(request)

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @property
    def resource(self) -> type[ListingResource]:
        (resource,) = self.resource_classes
        return resource

    def _refusing_large(self, view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        """Goes by the announced size, before anything reads the body to look for the token in it."""
        checked = self.admin_site.admin_view(view)
        refused = self.admin_site.admin_view(csrf_exempt(self._too_large))

        @csrf_exempt
        def guarded(request: HttpRequest) -> HttpResponseBase:
            sent = request.META.get("CONTENT_LENGTH") or "0"
            is_large = sent.isdecimal() and int(sent) > FOR_ADMIN.size + _AROUND_A_FILE
            return refused(request) if is_large else checked(request)

        return guarded

    def _too_large(self, request: HttpRequest) -> HttpResponseBase:
        self._check_may_import(request)
        return self._page(request, UploadForm(), problem=TOO_LARGE, status=413)

    def _check_may_import(self, request: HttpRequest) -> None:
        if not self.has_import_permission(request):
            raise PermissionDenied

    def import_action(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """The form, and for a file what it would do."""
        self._check_may_import(request)
        form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
        if not form.is_bound or not form.is_valid():
            return self._page(request, form)
        user, upload = editor(request), form.cleaned_data["file"]

        def work(sheet: Sheet, tell: Tell) -> dict[str, Any]:
            return self._looked_at(sheet, upload, user, tell)

        return self._worked(request, upload, f"Import {self.opts.verbose_name_plural}", work)

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """What was looked at is done, all or nothing."""
        self._check_may_import(request)
        form = ConfirmForm(request.POST if request.method == "POST" else None)
        user = editor(request)
        try:
            upload, seen = unsealed(form["upload"].value() or "", user)
        except signing.BadSignature:
            messages.error(request, "That file is no longer here. Nothing was imported. Send it again.")
            return HttpResponseRedirect(self._url("import"))
        may_rename = bool(form["rename"].value())

        def work(sheet: Sheet, tell: Tell) -> dict[str, Any]:
            return self._kept(sheet, upload, user, tell, may_rename=may_rename, seen=seen)

        return self._worked(request, upload, f"Importing {upload.name}", work)

    def _worked(
        self,
        request: HttpRequest,
        upload: Upload,
        title: str,
        work: Work,
    ) -> HttpResponseBase:
        """What the work says, at once or, where it takes long, after how far it is."""
        if upload.size <= AT_ONCE_BYTES:
            try:
                sheet = upload.sheet()
            except SheetError as error:
                return self._page(request, refusing(str(error)))
            if len(sheet.rows) <= AT_ONCE_ROWS:
                return self._answer(request, upload, work, sheet)
        return self._streamed(request, upload, title, work)

    def _answer(
        self,
        request: HttpRequest,
        upload: Upload,
        work: Work,
        sheet: Sheet,
    ) -> HttpResponseBase:
        try:
            said = work(sheet, lambda line: None)
        except SheetError as error:
            return self._page(request, refusing(str(error)))
        if done := said.get("done"):
            messages.success(request, done)
            return HttpResponseRedirect(self._url("changelist"))
        return self._page(request, UploadForm(), **said)

    def _streamed(
        self,
        request: HttpRequest,
        upload: Upload,
        title: str,
        work: Work,
    ) -> HttpResponseBase:
        between = "<!-- the work -->"
        about = {"title": title, "between": mark_safe(between)}  # noqa: S308 - it is ours
        page = render_to_string(
            self.import_template_name, self._context(request, UploadForm(), about), request
        )
        head, _, foot = page.partition(between)

        def worked(tell: Tell) -> str:
            try:
                sheet = upload.sheet(Progress(tell, "read"))
                tell(f"{len(sheet.rows):,} rows read")
                context = self._context(request, UploadForm(), work(sheet, tell))
            except SheetError as error:
                context = self._context(request, refusing(str(error)), {})
            return render_to_string("admin/spreadsheets/import_body.html", context, request)

        return streamed(head, foot, worked)

    def _looked_at(
        self, sheet: Sheet, upload: Upload, user: User, tell: Tell, problem: str = ""
    ) -> dict[str, Any]:
        progress = Progress(tell, "looked at", len(sheet.rows))
        report = look(self.resource, sheet, user, progress=progress)
        report.problem = problem
        return self._told(upload, user, report)

    def _kept(
        self, sheet: Sheet, upload: Upload, user: User, tell: Tell, *, may_rename: bool, seen: str
    ) -> dict[str, Any]:
        report = keep(
            self.resource,
            sheet,
            user,
            f"Imported from {upload.name}",
            may_rename=may_rename,
            seen=seen,
            progress=Progress(tell, "written", len(sheet.rows)),
        )
        if report.is_kept:
            forget(upload, user)
            return {"done": f"Imported from {upload.name}: {report.counts}"}
        if report.problem == TRY_AGAIN:
            return self._looked_at(sheet, upload, user, tell, report.problem)
        if not report.outcomes:
            return {"problem": report.problem}
        return self._told(upload, user, report)

    def _told(self, upload: Upload, user: User, report: Report) -> dict[str, Any]:
        confirm = None
        if not report.wrong and (report.new or report.changed):
            confirm = ConfirmForm(initial={"upload": sealed(upload, report.digest, user)})
            if not report.renamed:
                del confirm.fields["rename"]
        return {
            "problem": report.problem,
            "upload": upload,
            "report": report,
            "confirm_form": confirm,
            "unknown": signing.dumps(report.unknown, salt=self._unknown_salt),
        }

    def _page(
        self, request: HttpRequest, form: UploadForm, status: int = 200, **context: Any
    ) -> HttpResponseBase:
        return TemplateResponse(
            request, self.import_template_name, self._context(request, form, context), status=status
        )

    def _context(self, request: HttpRequest, form: UploadForm, said: dict[str, Any]) -> dict[str, Any]:
        name = self.opts.verbose_name_plural
        failed = said.get("problem") or form.errors or (said.get("report") and said["report"].wrong)
        request.current_app = self.admin_site.name
        return {
            **self.admin_site.each_context(request),
            "title": f"{'Error: ' if failed else ''}Import {name}",
            "opts": self.opts,
            "form": form,
            "columns": self.resource.columns(),
            "needed": self.resource.needed,
            "import_url": self._url("import"),
            "export_url": self._url("export"),
            "process_url": self._url("process_import"),
            "unknown_url": self._url("unknown_postcodes"),
            "list_url": self._url("changelist"),
            **said,
        }

    _unknown_salt = "directory.spreadsheets unknown postcodes"

    def unknown_postcodes(self, request: HttpRequest) -> HttpResponse:
        """The list under a preview, as a file."""
        self._check_may_import(request)
        try:
            unknown = signing.loads(request.POST.get("unknown", ""), salt=self._unknown_salt)
        except signing.BadSignature:
            messages.error(request, "That list is no longer here. Send the file again.")
            return HttpResponseRedirect(self._url("import"))
        rows = [[code, "; ".join(map(str, lines)), nearest] for code, lines, nearest in unknown]
        return HttpResponse(
            csv_file([["Postcode", "Rows", "Nearest that we hold"], *rows]),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="unknown-postcodes.csv"'},
        )

    def export_action(self, request: HttpRequest) -> HttpResponseBase:
        try:
            response = super().export_action(request)
        except IncorrectLookupParameters:
            messages.error(request, "The list has no such filter. Choose one here, then export.")
            return HttpResponseRedirect(self._url("changelist"))
        if request.method == "POST" and isinstance(response, TemplateResponse) and response.context_data:
            response.context_data["title"] = f"Error: {response.context_data['title']}"
        return response

    def _url(self, page: str) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}")

    def get_data_for_export(self, request: HttpRequest, queryset: Any, **kwargs: Any) -> Any:
        form = kwargs.get("export_form")
        if not (form and form.cleaned_data.get("with_sample")):
            queryset = queryset.filter(sample=False)
        return super().get_data_for_export(request, queryset, **kwargs)
