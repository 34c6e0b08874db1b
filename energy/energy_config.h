// Which numbers energy and area are taken from.
#pragma once

#include <array>

#include "common/enum_names.h"
#include "common/fields.h"

namespace escalate {

enum class SramDevices { kLstp, kHp };
enum class Arithmetic { kHorowitz, kAladdin };
enum class DramEnergy { kBits, kCommands };
enum class DramType { kLpddr4, kLpddr5, kDdr3, kDdr4, kHbm2, kHbm2e, kLpddr, kGddr5, kHmc };

template <>
struct EnumNames<SramDevices> {
  static constexpr auto kNames = std::to_array<std::pair<SramDevices, std::string_view>>(
      {{SramDevices::kLstp, "lstp"}, {SramDevices::kHp, "hp"}});
};
template <>
struct EnumNames<Arithmetic> {
  static constexpr auto kNames = std::to_array<std::pair<Arithmetic, std::string_view>>(
      {{Arithmetic::kHorowitz, "horowitz"}, {Arithmetic::kAladdin, "aladdin"}});
};
template <>
struct EnumNames<DramEnergy> {
  static constexpr auto kNames = std::to_array<std::pair<DramEnergy, std::string_view>>(
      {{DramEnergy::kBits, "bits"}, {DramEnergy::kCommands, "commands"}});
};
template <>
struct EnumNames<DramType> {
  static constexpr auto kNames =
      std::to_array<std::pair<DramType, std::string_view>>({{DramType::kLpddr4, "lpddr4"},
                                                            {DramType::kLpddr5, "lpddr5"},
                                                            {DramType::kDdr3, "ddr3"},
                                                            {DramType::kDdr4, "ddr4"},
                                                            {DramType::kHbm2, "hbm2"},
                                                            {DramType::kHbm2e, "hbm2e"},
                                                            {DramType::kLpddr, "lpddr"},
                                                            {DramType::kGddr5, "gddr5"},
                                                            {DramType::kHmc, "hmc"}});
};

/// The error says how other DRAM is given, too.
template <>
DramType enum_from_name<DramType>(std::string_view text);

struct EnergyConfig {
  int node_nm = 45;
  SramDevices sram_devices = SramDevices::kLstp;
  Arithmetic arithmetic = Arithmetic::kHorowitz;
  DramType dram_type = DramType::kLpddr4;
  DramEnergy dram_model = DramEnergy::kBits;
  double clock_ratio = 0.257;

  /// UserError with the key if there is no table for the node.
  void validate() const;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"node_nm", "nm",
                   "Technology node: 65, 45, 32 or 22; scaled from these 28, 16 or 7",
                   "SparTen, MICRO 2019 (for comparison)"},
          self.node_nm);
    visit(FieldDoc{"sram_devices", "",
                   "Transistors of the memories: lstp (low standby power) or hp (fast, leaky)",
                   "assumption (docs/energy.md, leakage)"},
          self.sram_devices);
    visit(FieldDoc{"arithmetic", "",
                   "Adders and multipliers: horowitz or aladdin (4.6 times as much at 8 bits)",
                   "Horowitz, ISSCC 2014 (docs/energy.md)"},
          self.arithmetic);
    visit(FieldDoc{"dram_type", "", "lpddr4, lpddr5, ddr3, ddr4, hbm2, hbm2e, lpddr, gddr5 or hmc",
                   "assumption"},
          self.dram_type);
    visit(FieldDoc{"dram_model", "",
                   "DRAM's energy: each bit moved (bits), or activations, bursts, refresh and time "
                   "(commands; of lpddr4, lpddr5, ddr4 or hbm2)",
                   "assumption (docs/energy.md, DRAM by commands)"},
          self.dram_model);
    visit(
        FieldDoc{"clock_ratio", "",
                 "Energy of the clock network over that of the on-chip actions it is charged with; "
                 "0: none",
                 "EIE, ISCA 2016, Table II, taken over (assumption; docs/energy.md, clock)", 0},
        self.clock_ratio);
  }
};

}  // namespace escalate
