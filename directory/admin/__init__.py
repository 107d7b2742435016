import directory.admin.clinic
import directory.admin.correction
import directory.admin.gaps
import directory.admin.physiotherapist  # noqa: F401
