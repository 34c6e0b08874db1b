// Result files that are there whole or not at all.
#pragma once

#include <string>
#include <string_view>

namespace escalate {

/// A file written under a temporary name beside its own and renamed by commit(); without commit()
/// nothing is left behind and an older file of that name stays as it was. A path that names a
/// device or a pipe (/dev/stdout) is written to directly. Every failure (no such folder, no
/// permission, disk full) is a UserError naming the path.
class AtomicFile {
 public:
  explicit AtomicFile(const std::string& path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::string_view text);
  /// Makes the file durable and visible under its name; nothing may be written afterwards.
  void commit();

 private:
  void flush();
  void open_temporary();
  [[noreturn]] void fail(std::string_view action) const;

  std::string path_;            ///< as the user gave it
  std::string target_;          ///< with symbolic links followed
  std::string temporary_name_;  ///< empty: written directly, or committed
  std::string buffer_;
  int descriptor_ = -1;
};

/// Writes `contents` to `path` through an AtomicFile.
void write_file(const std::string& path, std::string_view contents);

/// UserError if write_file() could not write there now: for use before long work.
void check_writable(const std::string& path);

/// The whole file; a UserError naming the path if it cannot be read.
std::string read_file(const std::string& path);

}  // namespace escalate
