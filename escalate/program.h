// A compiled network.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "escalate/export.h"
#include "escalate/machine.h"
#include "escalate/network.h"

namespace esc {

/// Instruction streams and data of one network for one machine and batch. Copies share it.
class ESCALATE_API Program {
 public:
  /// A file that save() or `escalate compile` wrote. Error with the file if it is damaged, of
  /// another version, or cannot run.
  static Program load(const std::string& path);
  void save(const std::string& path) const;

  const std::string& name() const;
  const Machine& machine() const;
  int batch() const;  ///< images that run through each layer together
  /// All streams as assembly (docs/isa.md).
  std::string disassemble() const;

  struct Impl;  ///< known to the library alone

 private:
  friend struct Access;
  explicit Program(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

/// Error that names the layer which cannot run on the machine and the parameter that is too small,
/// and for a network that is not calibrated.
ESCALATE_API Program compile(const Network& network, const Machine& machine = Machine(),
                             int batch = 1);

}  // namespace esc
