// Result files that are there whole or not at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace escalate {

/// A file that gets its name when commit() is called: until then it has none, or, where the file
/// system cannot do that, a temporary one beside its own. Without commit(), and if the program is
/// killed, nothing is left behind and an older file of that name stays as it was. A symbolic link
/// is followed, also one that leads to nothing yet. A device, a pipe or a descriptor (/dev/stdout)
/// is written to directly, and opened once; a pipe that nobody reads is refused. Every failure (no
/// such folder, no permission, disk full) is a UserError naming the path.
class AtomicFile {
 public:
  explicit AtomicFile(const std::string& path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::string_view text);
  /// Makes the file durable and visible under its name; nothing may be written afterwards.
  void commit();
  /// The first half of commit(), all that a full disk can prevent; write() may not follow.
  void finish();

  const std::string& path() const { return path_; }

 private:
  bool open_existing();
  void check_name() const;
  void open_unnamed();
  void open_temporary();
  std::string temporary_name(int attempt) const;
  void link_unnamed();
  void flush();
  [[noreturn]] void fail(std::string_view action) const;

  std::string path_;            ///< as the user gave it
  std::string target_;          ///< with symbolic links followed
  std::string temporary_name_;  ///< empty: none, written directly, or committed
  std::string buffer_;
  int descriptor_ = -1;
  bool is_unnamed_ = false;  ///< a file without a name so far
  bool is_direct_ = false;   ///< a device, a pipe or a descriptor
  bool is_finished_ = false;
};

/// Commits several files: none of them if one cannot be finished.
void commit_all(const std::vector<AtomicFile*>& files);

/// Writes `contents` to `path` through an AtomicFile.
void write_file(const std::string& path, std::string_view contents);

/// UserError if write_file() could not write there now: for use before long work.
void check_writable(const std::string& path);

/// The file that `path` names once symbolic links are followed, as an absolute path without dots;
/// the file need not be there.
std::string resolved_path(const std::string& path);

/// Whether something is there that is neither a file nor a folder: a pipe, a device.
bool is_stream(const std::string& path);

/// What a file of text may hold at most, and what any file may: more is no file that we wrote, and
/// would fill the memory before its first fault is found.
constexpr std::int64_t kMostTextBytes = std::int64_t{1} << 26;
constexpr std::int64_t kMostFileBytes = std::int64_t{1} << 33;

/// The whole file, which is opened once; a UserError naming the path if it cannot be read or has
/// more than `most_bytes`.
std::string read_file(const std::string& path, std::int64_t most_bytes = kMostFileBytes);

/// The same for text in UTF-8: of at most kMostTextBytes, and a UserError names the line where it
/// is none.
std::string read_text_file(const std::string& path);

/// The first `count` bytes, or all if there are fewer. Nothing of a stream, which can be read only
/// once. UserError if the file cannot be opened.
std::string first_bytes(const std::string& path, std::size_t count);

}  // namespace escalate
