"""Every example is a request of its own: it has an idempotency key that was never used."""

import uuid

import schemathesis


@schemathesis.hook
def before_call(context, case, kwargs):
    headers = case.headers
    if headers is None:
        return
    if case.method.upper() == "POST" and "Idempotency-Key" not in headers:
        headers["Idempotency-Key"] = uuid.uuid4().hex
    # A good entity tag is a number in quotation marks, which schemathesis takes for JSON and strips.
    version = headers.get("If-Match", "")
    is_meant_well = case.meta is None or case.meta.generation.mode.is_positive
    if is_meant_well and version.isascii() and version.isdigit():
        headers["If-Match"] = f'"{version}"'
