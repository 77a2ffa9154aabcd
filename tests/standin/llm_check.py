"""Checks of requests: what the APIs refuse, named as they name it."""

import json

from standin.llm_script import Reply

NUMBER = (int, float)


class Refusal(Exception):
    """An answer other than success, before any rule is asked."""

    def __init__(self, status, message, code=None, kind=None, param=None):
        super().__init__(message)
        self.status, self.message, self.code, self.kind, self.param = status, message, code, kind, param


def is_a(value, kind):
    """bool is no number, as in JSON."""
    kinds = kind if isinstance(kind, tuple) else (kind,)
    return isinstance(value, kinds) and (not isinstance(value, bool) or bool in kinds)


def fields(value, known, where, required=()):
    """An object with no field but the known ones, each of its type (a type, a tuple of types, or a check that raises).
    Null stands for a field that is left out."""
    if not isinstance(value, dict):
        raise Refusal(400, f"Invalid type for '{where}': expected an object, but got {type(value).__name__} instead.",
                      "invalid_type", param=where)
    prefix = f"{where}." if where else ""
    for name in required:
        if value.get(name) is None:
            raise Refusal(400, f"Missing required parameter: '{prefix}{name}'.", "missing_required_parameter",
                          param=prefix + name)
    for name, found in value.items():
        if name not in known:
            raise Refusal(400, f"Unrecognized request argument supplied: {prefix}{name}", "unknown_parameter",
                          param=prefix + name)
        wanted = known[name]
        if found is None:
            continue
        if not isinstance(wanted, (type, tuple)):
            wanted(found, prefix + name)
        elif not is_a(found, wanted):
            raise Refusal(400, f"Invalid type for '{prefix}{name}': got {type(found).__name__}.", "invalid_type",
                          param=prefix + name)


def between(low, high, kind=NUMBER):
    def check(value, where):
        if not is_a(value, kind):
            raise Refusal(400, f"Invalid type for '{where}'.", "invalid_type", param=where)
        if not low <= value <= high:
            raise Refusal(400, f"Invalid '{where}': expected a value between {low} and {high}, but got {value}.",
                          "out_of_range", param=where)
    return check


def one_of(*names):
    def check(value, where):
        if value not in names:
            raise Refusal(400, f"Invalid value: {value!r}. Supported values are: {', '.join(names)}.", "invalid_value",
                          param=where)
    return check


def list_of(check_item, most=None, least=0):
    def check(value, where):
        if not isinstance(value, list) or len(value) < least or (most is not None and len(value) > most):
            raise Refusal(400, f"Invalid '{where}': expected a list of {least} to {most} items.", "invalid_value",
                          param=where)
        for i, item in enumerate(value):
            check_item(item, f"{where}[{i}]")
    return check


def text(value, where):
    if not isinstance(value, str):
        raise Refusal(400, f"Invalid type for '{where}': expected a string.", "invalid_type", param=where)


def body_of(headers, body):
    """The request's JSON object."""
    if headers.get("content-type", "").split(";")[0].strip() != "application/json":
        raise Refusal(415, "Unsupported content type: use application/json")
    try:
        value = json.loads(body.decode("utf-8"))
    except ValueError:
        raise Refusal(400, "We could not parse the JSON body of your request.") from None
    if not isinstance(value, dict):
        raise Refusal(400, "The JSON body of your request is no object.")
    return value


def refused(shape, refusal):
    body = shape(refusal.status, refusal.message, refusal.code, refusal.kind)
    if refusal.param and "param" in body["error"]:
        body["error"]["param"] = refusal.param
    return Reply(refusal.status, body)
