from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

# Only now are the models there. A database older than the ledger must not be served.
from compliance.services.supervision import refuse_restored  # noqa: E402

refuse_restored()
