#include "escalate/inside/write.h"

#include "common/atomic_file.h"
#include "common/enum_names.h"
#include "common/error.h"

namespace escalate {

void write_by_ending(const std::string& path, const WrittenForms& forms) {
  std::vector<std::string> endings;
  for (const auto& [ending, make] : forms) {
    endings.push_back(ending);
    if (!path.ends_with(ending)) continue;
    AtomicFile file(path);
    file.write(make());
    file.commit();
    return;
  }
  throw UserError({path, 0, ""}, "expected a name that ends in " + one_of(endings));
}

}  // namespace escalate
