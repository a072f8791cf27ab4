// JSON Schemas of the files beside the policy: daemon, replies, lists, zone, test cases. Pure; any thread.
#pragma once
#include "policy/schemas/parts.h"

namespace policy {

SchemaJson daemon_schema();
SchemaJson replies_schema(const Schema& facts);
SchemaJson zone_schema();
SchemaJson cases_schema(const Schema& facts);

}  // namespace policy
