#include "report/terms.h"

#include <algorithm>
#include <map>
#include <sstream>

namespace escalate {
namespace {

using Terms = std::vector<Term>;

const Terms& of_layers() {
  static const Terms kTerms = {
      {"layer", "as the network calls it"},
      {"kind", "form in which it runs: decomposed, pointwise, depthwise, direct, a pool, add, ..."},
      {"cycles", "clock cycles of the accelerator"},
      {"share", "of all cycles"},
      {"bound by",
       "the resource that alone would need most of the cycles: input (network to the PEs), ca "
       "(channel additions), mac, post (post-processing), merge, weights, dram; and those that "
       "nearly tie with it"},
      {"because of", "which of its rates that resource is short of"},
      {"limits", "cycles that each resource alone would need"},
      {"rows", "cycles in which PE rows work, over all of them"},
      {"ca", "additions of the CA units, over the most there can be"},
      {"mac", "multiplications, over the most there can be"},
      {"dram", "in %: bytes moved, over the most there can be; behind energy: that of DRAM"},
      {"energy", "counters times energies, with DRAM and leakage"},
      {"COMPONENT", "energy of these components, in the unit of energy (see escalate energy)"},
      {"other", "energy of all other components"}};
  return kTerms;
}

const Terms& of_energy() {
  static const Terms kTerms = {{"group", "what energies are summed under"},
                               {"component", "part of the machine (docs/energy.md)"},
                               {"action", "what one of the component's instances does"},
                               {"counter", "what was counted in the run"},
                               {"count", "how often"},
                               {"each", "energy of one of the counter"},
                               {"basis", "size of the part, and sources of its numbers"},
                               {"source", "name that basis refers to"},
                               {"text", "where the numbers stand"}};
  return kTerms;
}

const Terms& of_results() {
  static const Terms kTerms = {
      {"result", "name of the file, or the given one"},
      {"time", "simulated: cycles over clock"},
      {"EDP", "energy times time"},
      {"area", "on chip, without DRAM"},
      {"speed-up of A over B", "time of B over time of A: above 1, A is faster"},
      {"energy efficiency of A over B", "energy of B over energy of A: above 1, A takes less"},
      {"speed-up over A", "time of A over time of this result"},
      {"energy efficiency over A", "energy of A over energy of this result"}};
  return kTerms;
}

const Terms& of_sweeps() {
  static const Terms kTerms = {
      {"workload", "network, by its file"},
      {"point", "number of the machine; (base): the one without any change"},
      {"QUANTITY", "an objective, or what a constraint is on (docs/sweeps.md)"},
      {"PARAMETER", "the machine's value on an axis (see escalate config)"}};
  return kTerms;
}

Terms joined(std::initializer_list<Terms> parts) {
  Terms all;
  for (const Terms& part : parts) {
    for (const Term& term : part) {
      const auto same = [&](const Term& known) { return known.heading == term.heading; };
      if (std::none_of(all.begin(), all.end(), same)) all.push_back(term);
    }
  }
  return all;
}

Terms of_compare() {
  return {
      {"layer",
       "as the network calls it; total: of these layers; all layers: with the pools "
       "and additions that some accelerators leave out"},
      {"kind", "form in which it runs on the first accelerator"},
      {"ACCELERATOR", "its cycles"},
      {"over ACCELERATOR",
       "speed-up (time of it over time of the first) and efficiency (energy of it over that "
       "of the first): above 1, the first is better"},
      {"accelerator", "whose line it is"},
      {"cycles", "clock cycles"},
      {"time", "cycles over clock"},
      {"energy", "counters times energies, with DRAM and leakage"},
      {"EDP", "energy times time"},
      {"MACs used", "multiplications that are done, over the most there can be"},
      {"DRAM", "bytes read and written; with GB/s: bandwidth"},
      {"area", "on chip, without DRAM"},
      {"speed-up of A over it", "time of it over time of A: above 1, A is faster"},
      {"energy efficiency of A over it", "energy of it over energy of A"},
      {"network", "that all of them run"},
      {"multipliers", "how many it has"},
      {"arrangement", "of the multipliers: rows x columns, or parts of so many"},
      {"memory", "bytes on chip"},
      {"clock", "where they differ"},
      {"words", "bits of an activation, where they differ"},
      {"batch", "images for one load of weights, where they differ"},
      {"runs", "which form of the network"},
      {"weights not zero", "of that form"},
      {"images right", "accuracy of that form, where it was measured"},
      {"cycles bound by", "network; behind it the share of cycles of layers by what binds them"},
      {"RESOURCE", "share of the cycles in layers bound by it"},
      {"besides work, most go to", "what most cycles of multipliers are lost to"}};
}

Terms of_ablate() {
  return {{"layer", "as the network calls it"},
          {"bound by", "the resource that needs most of its cycles"},
          {"cycles", "clock cycles; in the second table over those of the machine as it is"},
          {"RUN", "cycles with that change over those without: above 1, it is slower"},
          {"column", "heading of a change in the first table"},
          {"what is different", "the change"},
          {"energy", "over that without the change"},
          {"area", "over that without the change"},
          {"combined", "bytes of what is combined from channels, before it is convolved"},
          {"its inputs", "bytes read for it"},
          {"convolved", "bytes of what would be convolved first, before it is combined"},
          {"read of it", "bytes that combining would read of these"},
          {"inputs of that", "bytes read for it"}};
}

Terms of_explain() {
  return {{"resource", "what the layers share (docs/microarchitecture.md, section 11)"},
          {"limit", "cycles that it alone would need"},
          {"share of the cycles", "that limit over the cycles of the run"},
          {"because of", "which of its rates it is short of"},
          {"parameter", "the one that was doubled (see escalate config)"},
          {"from", "its value in the result"},
          {"to", "its value in this run"},
          {"cycles", "clock cycles of this run"},
          {"speed-up", "cycles of the result over these"},
          {"energy", "change against the result"},
          {"area", "change against the result, relative and in mm2"}};
}

Terms of_sweep_command() {
  return joined({of_sweeps(),
                 {{"best in", "objective that the point is among the best in"},
                  {"front of", "sums over the networks, their geometric means, or both"},
                  {"axis", "parameter that the sweep varies"},
                  {"value", "its value"},
                  {"points", "how many points have it"},
                  {"compared",
                   "matched: points whose other settings were tried with every value of the axis; "
                   "all: all points"},
                  {"failed", "points that did not run"},
                  {"infeasible", "points that break a constraint"},
                  {"reason", "why points failed"},
                  {"which", "which points"}}});
}

Terms of_study() {
  return {{"sweep", "by the name of its file"},
          {"done", "points that ran"},
          {"excluded", "points that break a constraint, known before they ran"},
          {"failed", "points that did not run"},
          {"to do", "points that the store does not have"},
          {"points", "how many failed"},
          {"reason", "why points failed"},
          {"which", "which points"}};
}

Terms of_report() {
  return joined({of_results(),
                 of_layers(),
                 of_energy(),
                 {{"network", "that was run"},
                  {"status", "done, failed, excluded by a constraint, or to do"},
                  {"memory", "part of the machine"},
                  {"bytes", "of all copies together"}},
                 of_sweeps()});
}

/// The page has what the terminal has, and more of a layer.
Terms of_page() {
  return joined({{{"dram", "bytes of DRAM, over the most there can be"}},
                 of_report(),
                 of_explain(),
                 {{"power", "energy over time"},
                  {"multipliers", "how many it has"},
                  {"arrangement", "of the multipliers: rows x columns, or parts of so many"},
                  {"dense MACs", "multiply-accumulates of the dense layer, padding counted"},
                  {"made from", "size of the part, and sources of its numbers"},
                  {"value", "of the parameter or quantity"},
                  {"unit", "of the value"},
                  {"meaning", "of the parameter"},
                  {"row state", "what PE rows (of other machines, multipliers) did, in cycles"},
                  {"DRAM", "what the memory did for the layer"},
                  {"utilization", "what was done, over the most there could have been"},
                  {"density", "share of values that are not zero"},
                  {"machine", "the choice on each axis"},
                  {"front of", "sums over the networks, their geometric means, or both"}}});
}

using Make = Terms (*)();

const std::map<std::string_view, Make>& known() {
  static const std::map<std::string_view, Make> kKnown = {
      {"simulate",
       [] {
         return joined({of_layers(), of_energy()});
       }},
      {"compare", of_compare},
      {"ablate", of_ablate},
      {"explain", of_explain},
      {"sweep", of_sweep_command},
      {"study", of_study},
      {"report", of_report},
      {"page", of_page},
      {"config",
       [] {
         return Terms{{"parameter", "name for --set and --arch"},
                      {"value", "in effect"},
                      {"unit", "of the value"},
                      {"constraint", "which values it can take"},
                      {"meaning", "what it is"},
                      {"source", "where its default comes from; assumption: ours"},
                      {"memory", "part of the machine (docs/energy.md)"},
                      {"bytes", "of all of them together"},
                      {"number", "how many there are"},
                      {"words of each", "how deep one is"},
                      {"bits of a word", "how wide one is"},
                      {"made of", "SRAM or registers"},
                      {"area", "of all of them together"}};
       }},
      {"energy",
       [] {
         return Terms{{"group", "what energies are summed under"},
                      {"component", "part of the machine (docs/energy.md)"},
                      {"count", "how many there are"},
                      {"actions", "energy of one action of one instance"},
                      {"area", "of all instances"},
                      {"leakage", "of all instances"},
                      {"basis", "size of the part, and sources of its numbers"},
                      {"source", "name that basis refers to"},
                      {"kind", "published, computed, scaled, assumption, or of the user"},
                      {"text", "where the numbers stand"}};
       }},
      {"compress",
       [] {
         return Terms{{"layer", "as the network calls it"},
                      {"form", "M=N: N terms; direct: int8 weights; 2:4: in a pattern"},
                      {"weights", "of the layer before"},
                      {"SVD error", "of kernels from M real basis kernels, relative"},
                      {"error", "of kernels in the form that is written, relative"},
                      {"of outputs", "error of what the layer computes, relative"},
                      {"zeros", "share of coefficients, or of direct weights"},
                      {"SparseMap", "size with zeros left out, and a bit each for where they are"},
                      {"dense", "size with every zero"},
                      {"N:M", "size with what the pattern keeps, and places in its groups"},
                      {"fp32 to SparseMap", "size of the layer before over that after"}};
       }},
      {"evaluate",
       [] {
         return Terms{{"layer", "as the network calls it"},
                      {"form", "M=N: decomposed into N terms; direct: plain weights"},
                      {"input", "channels x height x width that it reads"},
                      {"dense MACs", "multiply-accumulates, zeros counted"},
                      {"non-zero, float", "share of the values that it reads, in floating point"},
                      {"int8", "the same as the machine reads them"},
                      {"int8 error", "of what it computes against floating point, relative"}};
       }},
      {"shapes",
       [] {
         return Terms{{"layer", "as the network calls it"},
                      {"kind", "what it computes"},
                      {"shape", "channels x height x width that it reads and makes"},
                      {"window", "kernel, stride and padding"},
                      {"weights", "how many it has"},
                      {"dense MACs", "multiply-accumulates, zeros counted"}};
       }},
      {"validate", [] {
         return Terms{{"machine", "whose paper it is"},
                      {"figure", "what was measured there"},
                      {"published", "its value"},
                      {"ours", "what our model of the machine gives"},
                      {"error", "of ours against it"},
                      {"known by", "how the figure was taken from the paper"},
                      {"source", "where it stands"}};
       }}};
  return kKnown;
}

/// `text` in lines of at most `width`, cut at blanks.
std::vector<std::string> lines_of(std::string_view text, std::size_t width) {
  std::vector<std::string> lines(1);
  std::istringstream words{std::string(text)};
  for (std::string word; words >> word;) {
    std::string& line = lines.back();
    if (line.empty()) {
      line = word;
    } else if (line.size() + 1 + word.size() <= width) {
      line += " " + word;
    } else {
      lines.push_back(word);
    }
  }
  return lines;
}

}  // namespace

std::vector<Term> terms_of(std::string_view command) {
  const auto found = known().find(command);
  return found == known().end() ? Terms{} : found->second();
}

std::string terms_text(std::string_view command) {
  constexpr std::size_t kWidth = 80;
  constexpr std::size_t kIndent = 2;
  const Terms terms = terms_of(command);
  std::size_t widest = 0;
  for (const Term& term : terms) widest = std::max(widest, term.heading.size());
  const std::size_t begin = kIndent + widest + kIndent;
  std::string text;
  for (const Term& term : terms) {
    std::string lead = std::string(kIndent, ' ') + std::string(term.heading);
    for (const std::string& line : lines_of(term.meaning, kWidth - begin)) {
      lead.resize(begin, ' ');
      text += lead + line + "\n";
      lead.clear();
    }
  }
  return text;
}

}  // namespace escalate
