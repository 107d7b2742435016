from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedCompressedStorage(CompressedManifestStaticFilesStorage):
    """Names carry a hash of the content, in modules' imports too, with gzip and brotli beside each file."""

    support_js_module_import_aggregation = True
