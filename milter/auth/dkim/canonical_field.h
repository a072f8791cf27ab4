// Header fields in canonical form: RFC 6376 3.4.1 (simple) and 3.4.2 (relaxed). Pure; any thread.
#pragma once
#include <string>
#include <string_view>

#include "milter/auth/dkim/signature.h"

namespace milter {

// Appends "name:value", without the line end that follows it. Folds come as CRLF or, from libmilter, as LF; LF
// stands for CRLF. A CR without LF is an octet like others: white space is SP and TAB only (RFC 6376 2.8).
void append_field(std::string& out, std::string_view name, std::string_view value, Canonicalization form);

// A field's name as names are compared: lower case, without the white space that RFC 5322 4.5 still allows
// before the colon.
std::string plain_name(std::string_view name);

}  // namespace milter
