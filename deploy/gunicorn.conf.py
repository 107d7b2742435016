"""gunicorn's settings, for production and for `make serve`."""

import gc
import json
import logging
import os
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gunicorn.glogging import Logger

# gunicorn reads this before it knows where the site is.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from physiosite.logs import request_id_of, without_secrets

workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
# The site is read once, before the processes part: they share that memory, and one that died is back at once.
preload_app = True
worker_class = "gthread"
threads = 4
timeout = 30
graceful_timeout = 30
limit_request_line = 8190
limit_request_fields = 64
# The heartbeat of each process is a file: in memory, so that a full disk stops none.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
# Only the proxy on this machine is believed about who asks, and by https or not.
forwarded_allow_ips = "127.0.0.1,::1"
# An administration socket in the home folder, which nothing here uses.
control_socket_disable = True

accesslog = "-"


def when_ready(server: Any) -> None:
    """Before the first process parts from this one: what is there now stays. To look through it for rubbish
    would cost time, and a copy of the memory that is shared."""
    gc.collect()
    gc.freeze()


def cut_query(record: logging.LogRecord) -> bool:
    message = record.getMessage()
    # A refused request is quoted, from whatever place the reading of it failed at.
    begins = "[?'\"]" if message.startswith("Invalid request") else r"\?"
    message = re.sub(begins + ".*", "...", message, flags=re.DOTALL)
    record.msg, record.args = without_secrets(message), ()
    return True


class QuerylessLogger(Logger):
    """gunicorn's own messages name the whole address of a request that it refuses or fails to answer."""

    def setup(self, cfg: object) -> None:
        super().setup(cfg)
        self.error_log.addFilter(cut_query)

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: timedelta) -> None:
        """One JSON line. The path without its query, and no referrer: a search's query is the postcode that
        somebody typed; and without keys: one in a path lets whoever reads it cancel an appointment."""
        line = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "id": request_id_of(environ),
            "method": environ.get("REQUEST_METHOD"),
            "path": without_secrets(environ.get("PATH_INFO") or ""),
            "status": int(str(resp.status).split()[0]),
            "bytes": resp.sent,
            "ms": round(request_time.total_seconds() * 1000),
        }
        self.access_log.info("%s", json.dumps(line))


logger_class = QuerylessLogger
