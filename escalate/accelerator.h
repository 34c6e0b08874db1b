// An accelerator of your own beside the machine: a class in a shared object, for
// `escalate compare --plugin libmine.so` and esc::CompareOptions::plugins (docs/library.md).
//
// It is given a layer with the actual places of its non-zeros and says how many cycles and actions
// it takes. DRAM, post-processing, energy tables, tables and pages are the simulator's. Every run
// is held against the same laws as the accelerators that come with it; a run that breaks one, an
// exception and a plug-in of another version end the command with one line and status 2.
//
// Nothing is linked: the header is all. Compiler and standard library are those of the simulator.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "escalate/export.h"

/// Of this header: a plug-in that was built with another one is refused.
#define ESCALATE_ACCELERATOR_ABI 1

namespace esc::plugin {

/// Which elements of a tensor are not zero: one bit an element in row-major order.
class Nonzeros {
 public:
  Nonzeros(const std::uint64_t* words, std::int64_t size) : words_(words), size_(size) {}
  std::int64_t size() const { return size_; }
  bool at(std::int64_t i) const { return (words_[i / 64] >> (i % 64) & 1) != 0; }
  std::int64_t count() const { return count(0, size_); }
  /// Of the elements first .. first + number - 1.
  std::int64_t count(std::int64_t first, std::int64_t number) const {
    std::int64_t sum = 0;
    for (std::int64_t i = first; i < first + number;) {
      const std::int64_t bits = std::min<std::int64_t>(64 - i % 64, first + number - i);
      const std::uint64_t mask = bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
      sum += std::popcount(words_[i / 64] >> (i % 64) & mask);
      i += bits;
    }
    return sum;
  }

 private:
  const std::uint64_t* words_;
  std::int64_t size_;
};

/// A convolution, depthwise or grouped convolution, or fully connected layer (in_h = in_w = 1).
struct Layer {
  std::string name;
  std::string kind;                  ///< "conv", "depthwise" or "fc"
  int in_c = 0, in_h = 0, in_w = 0;  ///< of one image
  int out_c = 0, out_h = 0, out_w = 0;
  int groups = 1;
  int r = 1, s = 1, stride_h = 1, stride_w = 1;
  int pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
  Nonzeros weights;                    ///< [K][C/groups][R][S]
  std::vector<Nonzeros> inputs;        ///< one an image, [C][H][W]
  std::int64_t output_nonzeros = 0;    ///< all images together
  bool reads_network_input = false;    ///< what no accelerator has on chip
  bool writes_network_output = false;  ///< what no accelerator keeps there
  std::int64_t macs = 0;               ///< multiply-accumulates of all images, padding counted
  std::int64_t pairs = 0;  ///< products that Accelerator::skips() leaves: what Run::macs has to be
};

/// Which products a machine does without.
enum class Skips { kNothing, kZeroActivations, kAllZeros };

/// What a layer takes, all images together.
struct Run {
  std::int64_t compute_cycles = 0;  ///< with all data on chip
  std::int64_t macs = 0;            ///< products that add to an output, padding left out
  /// What kept multipliers from work, by name: with `macs` they make up multipliers x
  /// compute_cycles.
  std::map<std::string, std::int64_t> idle_multiplier_cycles;
  std::int64_t dram_read_bytes = 0, dram_written_bytes = 0;
  std::map<std::string, std::int64_t> counters;  ///< actions that energy is charged by
};

/// Each count of `counter` is `actions` actions of a part ("docs/energy.md" has the actions).
struct Use {
  std::string action;
  std::string counter;  ///< one of Run::counters, or "macs"
  double actions = 1;
};

/// `count` equal parts of the machine.
struct Part {
  std::string name;   ///< unique in the machine
  std::string group;  ///< under which energy and area are summed: "scratchpads"
  std::string kind;   ///< "sram", "register_file", "adder", "multiplier", "logic" or "wire"
  std::map<std::string, double> attributes;  ///< of that kind: {{"width", 64}, {"depth", 512}}
  std::int64_t count = 1;
  std::vector<Use> uses;
};

/// A parameter, for `--set baselines.NAME.KEY=VALUE`. `value` points into the accelerator.
struct Parameter {
  std::string name, unit, meaning, source;
  std::variant<int*, std::int64_t*, double*, bool*> value;
  double min = 0, max = 1e15;
};

/// Everything an accelerator knows of itself lies in what parameters() points to: an object is made
/// anew, and its parameters are set to what another one's are.
class ESCALATE_API Accelerator {
 public:
  virtual ~Accelerator() = default;

  /// Letters, digits, - and _; no accelerator of the simulator has it.
  virtual std::string name() const = 0;
  /// For people: "Mine (2026)".
  virtual std::string title() const { return name(); }
  virtual std::vector<Parameter> parameters() { return {}; }

  virtual std::int64_t multipliers() const = 0;
  virtual Skips skips() const = 0;
  virtual int word_bits() const { return 8; }  ///< of an activation and of a weight
  virtual int batch() const { return 1; }      ///< images that share a load of weights
  virtual std::vector<Part> parts() const = 0;
  virtual Run run(const Layer& layer) const = 0;

  /// Common terms: memory for activations as large as the machine's, and --batch.
  virtual void set_activation_bytes(std::int64_t) {}
  virtual void set_batch(int) {}

  /// For --iso. A unit is what the number of multipliers grows by; 0: the accelerator has one size.
  virtual std::int64_t multipliers_of_unit() const { return 0; }
  virtual void set_units(int) {}
  virtual std::int64_t activation_bytes() const { return 0; }
};

}  // namespace esc::plugin

/// Stands once in a plug-in: exports a class made without arguments.
#define ESCALATE_ACCELERATOR(Class)                                                           \
  extern "C" ESCALATE_API int escalate_accelerator_abi() { return ESCALATE_ACCELERATOR_ABI; } \
  extern "C" ESCALATE_API esc::plugin::Accelerator* escalate_accelerator_make() {             \
    return new Class();                                                                       \
  }
