// The bytes of a program file: a header with a checksum, then MessagePack (docs/isa.md).
#pragma once

#include <string>
#include <string_view>

#include "common/json.h"
#include "compiler/program.h"

namespace escalate {

/// What a program file holds.
Json program_to_json(const Program& program);

/// The bytes of a file that holds `content`.
std::string program_file(const Json& content);

/// The program in the bytes of a file, which stands as `name` in errors; see load_program().
Program parse_program(std::string_view bytes, const std::string& name);

}  // namespace escalate
