"""One index for all records: what Elasticsearch and its like would make of them. They open keys with dots, take a list for
what is in it, and let each path be an object or a scalar of one type, for ever."""


def note(value, path, into):
    """What stands at each path: {path: {type: an example}}. null says nothing."""
    if value is None:
        return
    if isinstance(value, list):
        for element in value:
            note(element, path, into)
    elif isinstance(value, dict):
        if path:
            into.setdefault(path, {}).setdefault("object", value)
        for key, member in value.items():
            note(member, f"{path}.{key}" if path else key, into)
    else:
        into.setdefault(path, {}).setdefault(type(value).__name__, value)


def conflicts(records):
    """The paths that would be two things at once: {path: {type: an example}}."""
    into = {}
    for record in records:
        note(record, "", into)
    # What has members is an object, whether it was written as one or by a key with dots in it.
    parents = {path[:at] for path in into for at in range(len(path)) if path[at] == "."}
    return {path: found for path, found in into.items()
            if len(found) > 1 or (path in parents and "object" not in found)}
