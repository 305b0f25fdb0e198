# The wheel is built apart, so that the image has no build tools and no sources in it.
FROM python:3.12-slim AS build
# For the build hook: it fetches the page's player.
RUN apt-get update -q && apt-get install -q -y --no-install-recommends npm
WORKDIR /src
COPY pyproject.toml README.md LICENSE hatch_build.py vendor.lock.json ./
COPY blobhls ./blobhls
RUN pip install --no-cache-dir --prefix /install .

FROM python:3.12-slim
COPY --from=build /install /usr/local
RUN useradd --create-home --uid 1000 blobhls \
    && install -d -o blobhls -g blobhls /data /media
USER blobhls
ENV BLOBHLS_HOST=0.0.0.0 \
    BLOBHLS_PORT=24242 \
    BLOBHLS_TARGET_PATH=/media \
    BLOBHLS_DB=/data/index.db \
    BLOBHLS_CACHE_PATH=/data/blobs
VOLUME /data
EXPOSE 24242
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["python", "-c", \
    "import os, urllib.request as u; u.urlopen(u.Request('http://127.0.0.1:' + os.environ['BLOBHLS_PORT'] + '/', method='HEAD'), timeout=4)"]
# exec form: the server is process 1 and gets SIGTERM itself
ENTRYPOINT ["blobhls"]
