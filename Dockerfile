# Two images from one file:
#   docker build --target serve -t headroom:serve .    the API: no modelling library inside
#   docker build --target train -t headroom:train .    training and projecting
FROM python:3.11-slim-bookworm AS base
ENV PYTHONUTF8=1 PYTHONDONTWRITEBYTECODE=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
RUN useradd --system --uid 10001 --home-dir /srv/headroom --create-home headroom

FROM base AS build
COPY requirements/build.txt requirements/runtime.txt requirements/train.txt requirements/
RUN python -m venv /opt/build && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements/build.txt
COPY pyproject.toml README.md LICENSE ./
COPY data data
COPY features features
COPY training training
COPY projection projection
COPY service service
COPY headroom headroom
RUN /opt/build/bin/python -m hatchling build --target wheel --directory /wheels

FROM build AS serve-env
RUN python -m venv --without-pip /opt/headroom \
 && /opt/build/bin/uv pip install --no-cache --python /opt/headroom/bin/python --require-hashes --compile-bytecode \
      -r requirements/runtime.txt \
 && /opt/build/bin/uv pip install --no-cache --python /opt/headroom/bin/python --no-deps --compile-bytecode /wheels/*.whl

FROM serve-env AS train-env
RUN /opt/build/bin/uv pip install --no-cache --python /opt/headroom/bin/python --require-hashes --compile-bytecode \
      -r requirements/train.txt

FROM base AS serve
COPY --from=serve-env /opt/headroom /opt/headroom
ENV PATH=/opt/headroom/bin:$PATH HEADROOM_HOME=/srv/headroom/var HEADROOM_HOST=0.0.0.0 HEADROOM_LOG_FORMAT=json
USER headroom
WORKDIR /srv/headroom
VOLUME /srv/headroom
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
ENTRYPOINT ["headroom"]
CMD ["serve"]

FROM base AS train
COPY --from=train-env /opt/headroom /opt/headroom
ENV PATH=/opt/headroom/bin:$PATH HEADROOM_HOME=/srv/headroom/var HEADROOM_LOG_FORMAT=json
USER headroom
WORKDIR /srv/headroom
VOLUME /srv/headroom
ENTRYPOINT ["headroom"]
CMD ["train"]
