# Two stages: what is needed to install stays in the first. Build it with `docker build -t rolecall .`; with
# `--build-arg REQUIREMENTS=deploy/requirements.txt` it holds the extras too (Azure, Google, traces, Sentry).
FROM python:3.12-slim AS build
ARG REQUIREMENTS=requirements.txt
WORKDIR /build
COPY requirements.txt requirements.txt
COPY deploy/requirements.txt deploy/requirements.txt
# The locked versions, each by its hash, as compiled wheels only.
RUN python -m venv /opt/rolecall \
    && /opt/rolecall/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r "$REQUIREMENTS"

FROM python:3.12-slim
ENV PATH=/opt/rolecall/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HOME=/data
# The SQLite file, where PostgreSQL is not used, lies in /data: mount a volume there.
RUN useradd --uid 10001 --home-dir /data --create-home --shell /usr/sbin/nologin rolecall
COPY --from=build /opt/rolecall /opt/rolecall
WORKDIR /srv/rolecall
COPY bot bot
COPY handlers handlers
COPY knowledge knowledge
RUN python -m compileall -q bot handlers knowledge
ENV PYTHONPATH=/srv/rolecall
USER 10001
WORKDIR /data
EXPOSE 3000
# Alive, not ready: a database or a Slack that is gone for a minute is no reason to start again.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ.get('PORT', '3000')}/livez\", timeout=4)"]
ENTRYPOINT ["python", "-m", "bot"]
CMD ["serve"]
