"""gunicorn's settings, for production and for `make serve`."""

import logging
import os
import re

from gunicorn.glogging import Logger

workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = 4
timeout = 30
graceful_timeout = 30
limit_request_line = 8190
# An administration socket in the home folder, which nothing here uses.
control_socket_disable = True

accesslog = "-"
# The path without its query, and no referrer: a search's query is the postcode that somebody typed.
access_log_format = "%(t)s %(m)s %(U)s %(s)s %(B)s bytes %(M)s ms"


def cut_query(record: logging.LogRecord) -> bool:
    message = record.getMessage()
    # A refused request is quoted, from whatever place the reading of it failed at.
    begins = "[?'\"]" if message.startswith("Invalid request") else r"\?"
    record.msg, record.args = re.sub(begins + ".*", "...", message, flags=re.DOTALL), ()
    return True


class QuerylessLogger(Logger):
    """gunicorn's own messages name the whole address of a request that it refuses or fails to answer."""

    def setup(self, cfg: object) -> None:
        super().setup(cfg)
        self.error_log.addFilter(cut_query)


logger_class = QuerylessLogger
