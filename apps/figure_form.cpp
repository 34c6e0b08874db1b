#include "apps/figure_form.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "common/atomic_file.h"
#include "common/error.h"
#include "common/other_program.h"

namespace escalate {
namespace {

constexpr const char* kConverter = "rsvg-convert";
constexpr int kDotsPerInch = 300;

/// A folder that is gone with its files when it goes out of scope.
class WorkFolder {
 public:
  WorkFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "escalate-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      throw UserError({name, 0, ""}, system_failure("make this folder", errno));
    }
    path_ = name;
  }
  ~WorkFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;

  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace

std::string converted_figure(const std::string& svg, FileForm form) {
  if (form == FileForm::kSvg) return svg;
  const WorkFolder folder;
  const std::string from = folder.file("figure.svg"), to = folder.file("figure");
  write_file(from, svg);
  const std::string dots = std::to_string(kDotsPerInch);
  const ProgramAnswer answer =
      ask_program({kConverter, "--format", form == FileForm::kPdf ? "pdf" : "png", "--dpi-x", dots,
                   "--dpi-y", dots, "--output", to, from});
  if (answer.error != 0) {
    throw UserError({"", 0, "--output"},
                    fmt::format("cannot run {}, which makes .pdf and .png of figures: {} (Debian: "
                                "librsvg2-bin); .svg needs nothing",
                                kConverter, std::strerror(answer.error)));
  }
  if (answer.status != 0) {
    throw UserError({"", 0, "--output"}, fmt::format("{}: {}", kConverter, answer.text));
  }
  return read_file(to);
}

}  // namespace escalate
