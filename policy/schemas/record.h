// JSON Schema of the log record. Pure; any thread.
#pragma once
#include "policy/schemas/parts.h"

namespace policy {

SchemaJson record_schema(const Schema& facts);

}  // namespace policy
