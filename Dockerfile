# One image for web and workers. It holds no secret and needs no write access to itself: what is
# kept lies in two volumes, on different disks. `compose.yaml` shows it at work.
FROM python:3.11-slim-bookworm AS build
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gettext \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY pyproject.toml ./
COPY .ci/requirements.py .ci/constraints.txt .ci/
RUN python -m venv /venv \
    && /venv/bin/python .ci/requirements.py sentry > /tmp/requirements.txt \
    && /venv/bin/pip install --no-cache-dir --requirement /tmp/requirements.txt --constraint .ci/constraints.txt
COPY manage.py ./
COPY config config
COPY seats seats
COPY consent consent
COPY compliance compliance
COPY templates templates
RUN for po in compliance/locale/*/LC_MESSAGES/django.po; do \
        msgfmt --check-format --output-file="${po%.po}.mo" "$po" || exit 1; \
    done
# Settings have no defaults for secrets: these are drawn for this step and thrown away with it.
RUN export RIGHTSDESK_ENV=/tmp/settings STATIC_DIR=/app/static \
    && /venv/bin/python -m config.first_run "$RIGHTSDESK_ENV" \
    && /venv/bin/python manage.py collectstatic --no-input --verbosity 0 \
    && rm "$RIGHTSDESK_ENV"
RUN /venv/bin/python -m compileall -q config seats consent compliance

FROM python:3.11-slim-bookworm
# What WeasyPrint lays text out with, and the fonts of our documents.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-linuxlibertine fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 rightsdesk \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent rightsdesk \
    && install --directory --owner=10001 --group=10001 --mode=0700 \
        /var/lib/rightsdesk /var/lib/rightsdesk-evidence
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    XDG_CACHE_HOME=/tmp \
    VAR_DIR=/var/lib/rightsdesk \
    EVIDENCE_DIR=/var/lib/rightsdesk-evidence \
    STATIC_DIR=/app/static \
    LOG_FORMAT=json
VOLUME ["/var/lib/rightsdesk", "/var/lib/rightsdesk-evidence"]
USER 10001:10001
EXPOSE 8000
CMD ["gunicorn", "config.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "8", "--timeout", "120", "--worker-tmp-dir", "/dev/shm", "--no-control-socket", "--logger-class", "config.gunicorn_logs.Logger"]
