// One kernel, written once and compiled for each instruction set: its parts are always inlined into
// a function that carries the target attribute, so that the whole loop, not just a gather, is
// compiled for it. Elements are columns: 16 elements lie side by side in vector registers, and all
// go down their slot rows together. At each row an element either steps or has retired the row
// already, which costs an element nothing but an idle column.
#include "pe/ca_batch.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <new>
#include <utility>

#include "interconnect/bit_gather.h"

// The vectors below are only ever locals of inlined functions; their calling convention, which
// differs between instruction sets, does not matter.
#pragma GCC diagnostic ignored "-Wpsabi"

#define ESCALATE_INLINE [[gnu::always_inline]] inline

namespace escalate {

namespace {

constexpr int kBlock = CoefficientTile::kBlock;

// How one chunk of an entry goes into the packed words of an element that visits all chunks.
struct ChunkPlan {
  std::uint64_t map = 0;
  int width = 0;         // slots it brings
  int shift = 0;         // bit of the current word where they begin
  bool fills = false;    // they reach the word's end
  GatherControl gather;  // where PEXT is not used
};

// Scratch memory of one element type at a time, aligned for vectors.
class Scratch {
 public:
  // Makes at least `size` bytes of zeros.
  void clear(std::size_t size) {
    if (size > size_) {
      bytes_.reset(static_cast<std::byte*>(::operator new(size, kAlignment)));
      size_ = size;
    }
    std::memset(bytes_.get(), 0, size);
  }

  template <class T>
  T* as() {
    return reinterpret_cast<T*>(bytes_.get());
  }
  template <class T>
  const T* as() const {
    return reinterpret_cast<const T*>(bytes_.get());
  }

 private:
  static constexpr std::align_val_t kAlignment{64};
  struct Free {
    void operator()(std::byte* bytes) const { ::operator delete(bytes, kAlignment); }
  };

  std::unique_ptr<std::byte, Free> bytes_;
  std::size_t size_ = 0;
};

}  // namespace

struct CaBatch::State {
  using Kernel = void (*)(State&, const CoefficientTile&, int, int, CaBatchResult&);

  int lanes = 0;
  ConcentratorPattern pattern;
  InstructionSet set = InstructionSet::kPortable;
  Kernel kernel = nullptr;

  std::vector<ChunkPlan> chunks;
  int slots = 0;  // of an element that visits all chunks
  int rows = 1;
  int words = 1;  // packed words of such an element, one of padding included

  // [..][kBlock] each: packed activation masks (64-bit words); slot rows and step bases (words of
  // the kernel's width).
  Scratch packed;
  Scratch slot_rows;
  Scratch bases;
};

namespace {

using State = CaBatch::State;

// ---- instruction sets

template <InstructionSet kSet>
struct Machine {
  static constexpr bool kWide = kSet != InstructionSet::kPortable;
  static constexpr bool kPext = kSet == InstructionSet::kAvx2Pext;
  static constexpr int kBytes = kWide ? 32 : 16;

  template <class T>
  struct VectorOf {
    typedef T type __attribute__((vector_size(kBytes)));
  };
  template <class T>
  using Vector = typename VectorOf<T>::type;

  ESCALATE_INLINE static std::uint64_t gather(const ChunkPlan& chunk, std::uint64_t data) {
    if constexpr (kPext) {
      return gather_bits_pext(data, chunk.map);
    } else {
      return chunk.gather.gather(data);
    }
  }

  ESCALATE_INLINE static std::uint64_t popcount(std::uint64_t word) {
    if constexpr (kWide) return std::uint64_t(__builtin_popcountll(word));
    word -= word >> 1 & 0x5555555555555555;
    word = (word & 0x3333333333333333) + (word >> 2 & 0x3333333333333333);
    word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0f;
    return word * 0x0101010101010101 >> 56;
  }
};

template <class Vector, class T>
ESCALATE_INLINE Vector load(const T* from) {
  Vector vector;
  std::memcpy(&vector, from, sizeof(Vector));
  return vector;
}

template <class Vector, class T>
ESCALATE_INLINE void store(T* to, const Vector& vector) {
  std::memcpy(to, &vector, sizeof(Vector));
}

// ---- dilution

// Element by element, for a gather of one instruction.
template <class M>
ESCALATE_INLINE void pack_by_element(const State& state, const std::uint64_t* maps,
                                     std::uint64_t* packed) {
  const int num_chunks = int(state.chunks.size());
  for (int i = 0; i < kBlock; ++i) {
    const std::uint64_t* map = maps + i;
    std::uint64_t* out = packed + i;
    std::uint64_t word = 0;
    for (int c = 0; c < num_chunks; ++c, map += kBlock) {
      const ChunkPlan& chunk = state.chunks[c];
      const std::uint64_t bits = M::gather(chunk, *map);
      word |= bits << chunk.shift;
      if (chunk.fills) {
        *out = word;
        out += kBlock;
        word = bits >> 1 >> (63 - chunk.shift);
      }
    }
    *out = word;
  }
}

// All elements chunk by chunk, for a gather of many instructions that vectors share.
template <class M>
ESCALATE_INLINE void pack_by_chunk(const State& state, const std::uint64_t* maps,
                                   std::uint64_t* packed) {
  using V = typename M::template Vector<std::uint64_t>;
  constexpr int kColumns = M::kBytes / 8;
  constexpr int kAbreast = 4;  // enough to hide the latency of the gather's stages
  const int num_chunks = int(state.chunks.size());
  for (int first = 0; first < kBlock; first += kColumns * kAbreast) {
    const std::uint64_t* map = maps + first;
    std::uint64_t* out = packed + first;
    V word[kAbreast] = {};
    for (int c = 0; c < num_chunks; ++c, map += kBlock) {
      const ChunkPlan& chunk = state.chunks[c];
      V bits[kAbreast];
      for (int v = 0; v < kAbreast; ++v) {
        bits[v] = load<V>(map + v * kColumns) & chunk.map;
      }
      for (int stage = 0; stage < GatherControl::kStages; ++stage) {
        const std::uint64_t moved = chunk.gather.moved(stage);
        for (int v = 0; v < kAbreast; ++v) {
          const V moving = bits[v] & moved;
          bits[v] = (bits[v] ^ moving) | (moving >> (1 << stage));
        }
      }
      for (int v = 0; v < kAbreast; ++v) word[v] |= bits[v] << chunk.shift;
      if (!chunk.fills) continue;
      for (int v = 0; v < kAbreast; ++v) {
        store(out + v * kColumns, word[v]);
        word[v] = bits[v] >> 1 >> (63 - chunk.shift);
      }
      out += kBlock;
    }
    for (int v = 0; v < kAbreast; ++v) store(out + v * kColumns, word[v]);
  }
}

// An element that leaves chunks out; returns its number of slots.
template <class M>
ESCALATE_INLINE int pack_visited(const State& state, const CoefficientTile& tile, int row,
                                 const std::uint64_t* map, std::uint64_t* packed) {
  std::uint64_t word = 0;
  int slots = 0;
  int stored = 0;
  for (const int c : tile.visited(row)) {
    const ChunkPlan& chunk = state.chunks[c];
    const std::uint64_t bits = M::gather(chunk, map[c * kBlock]);
    const int shift = slots & 63;
    word |= bits << shift;
    packed[stored * kBlock] = word;
    slots += chunk.width;
    if (slots >> 6 != stored) {
      ++stored;
      word = bits >> 1 >> (63 - shift);
    }
  }
  packed[stored * kBlock] = word;
  for (int w = stored + 1; w < state.words; ++w) packed[w * kBlock] = 0;
  return slots;
}

// ---- slot rows: packed words [word][element] to rows [row][element]

template <class M, class T>
ESCALATE_INLINE void split_rows(const State& state, T* rows) {
  const std::uint64_t* packed = state.packed.as<std::uint64_t>();
  const std::uint64_t mask = lane_mask(state.lanes);
  for (int r = 0; r < state.rows; ++r) {
    const int first = r * state.lanes;
    const int shift = first % 64;
    const std::uint64_t* low = packed + first / 64 * kBlock;
    const std::uint64_t* high = low + kBlock;  // the padding word, at the end
    for (int i = 0; i < kBlock; ++i) {
      const std::uint64_t bits = low[i] >> shift | high[i] << 1 << (63 - shift);
      rows[r * kBlock + i] = T(bits & mask);
    }
  }
}

// Interleaves the 16-bit halves of two vectors within each 16 bytes (PUNPCKLWD, PUNPCKHWD).
template <class V>
ESCALATE_INLINE void interleave16(const V& a, const V& b, V& low, V& high) {
  if constexpr (sizeof(V) == 32) {
    low = __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 8, 24, 9, 25, 10, 26, 11, 27);
    high =
        __builtin_shufflevector(a, b, 4, 20, 5, 21, 6, 22, 7, 23, 12, 28, 13, 29, 14, 30, 15, 31);
  } else {
    low = __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
    high = __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
  }
}

// The same for 64-bit halves (PUNPCKLQDQ, PUNPCKHQDQ).
template <class V>
ESCALATE_INLINE void interleave64(const V& a, const V& b, V& low, V& high) {
  if constexpr (sizeof(V) == 32) {
    low = __builtin_shufflevector(a, b, 0, 4, 2, 6);
    high = __builtin_shufflevector(a, b, 1, 5, 3, 7);
  } else {
    low = __builtin_shufflevector(a, b, 0, 2);
    high = __builtin_shufflevector(a, b, 1, 3);
  }
}

// Rows of exactly 16 bits: four a word, transposed in registers. Leaves element i in column
// kColumn16[i] of its rows, for two-lane vectors.
template <class M>
ESCALATE_INLINE void split_rows16(const State& state, std::uint16_t* rows) {
  using V16 = typename M::template Vector<std::uint16_t>;
  using V64 = typename M::template Vector<std::uint64_t>;
  constexpr int kColumns = M::kBytes / 8;
  for (int r = 0; r < state.rows; r += 4) {
    const std::uint64_t* word = state.packed.as<std::uint64_t>() + r / 4 * kBlock;
    for (int first = 0; first < kBlock; first += 4 * kColumns) {
      V16 in[4], ab[2], cd[2], rows01[2], rows23[2];
      for (int v = 0; v < 4; ++v) in[v] = load<V16>(word + first + v * kColumns);
      interleave16(in[0], in[1], ab[0], ab[1]);
      interleave16(in[2], in[3], cd[0], cd[1]);
      interleave16(ab[0], ab[1], rows01[0], rows23[0]);
      interleave16(cd[0], cd[1], rows01[1], rows23[1]);
      V64 out[4];
      interleave64(V64(rows01[0]), V64(rows01[1]), out[0], out[1]);
      interleave64(V64(rows23[0]), V64(rows23[1]), out[2], out[3]);
      for (int v = 0; v < 4; ++v) store(rows + (r + v) * kBlock + first, out[v]);
    }
  }
}

// After split_rows16, by bytes of the vectors: the columns of elements 0..15.
template <int kBytes>
constexpr std::array<std::uint8_t, kBlock> kColumn16 = [] {
  std::array<std::uint8_t, kBlock> column{};
  for (int i = 0; i < kBlock; ++i) {
    column[i] = std::uint8_t(kBytes == 16 ? i : i % 4 / 2 * 8 + i / 4 * 2 + i % 2);
  }
  return column;
}();

// ---- concentration

// A pattern known when compiling, on lanes that fill a T.
template <int kOffsets>
struct Offsets {
  std::array<SlotOffset, kOffsets> offset;
};

template <class T, Offsets kPattern, int kWindow>
struct StaticPattern {
  static constexpr int kLookAhead = kWindow;
  static constexpr int kLanes = int(sizeof(T)) * 8;

  explicit StaticPattern(const State&) {}
  int look_ahead() const { return kLookAhead; }

  template <class V>
  ESCALATE_INLINE void step(V* rows, V& busy) const {
    apply(rows, busy, std::make_index_sequence<kPattern.offset.size()>());
  }

 private:
  template <class V, std::size_t... kIndex>
  ESCALATE_INLINE static void apply(V* rows, V& busy, std::index_sequence<kIndex...>) {
    (take<kPattern.offset[kIndex].row, (kPattern.offset[kIndex].lane + kLanes) % kLanes>(rows,
                                                                                         busy),
     ...);
  }

  // Lanes take the slots `by` lanes to the right; what finds its lane busy stays.
  template <int kRow, int kBy, class V>
  ESCALATE_INLINE static void take(V* rows, V& busy) {
    if constexpr (kBy == 0) {
      const V offered = rows[kRow];
      rows[kRow] = offered & busy;
      busy |= offered;
    } else {
      const V offered = rows[kRow] >> kBy | rows[kRow] << (kLanes - kBy);
      const V left = offered & busy;
      rows[kRow] = left << kBy | left >> (kLanes - kBy);
      busy |= offered;
    }
  }
};

// Any pattern on any number of lanes up to the width of T.
template <class T>
class DynamicPattern {
 public:
  static constexpr int kLookAhead = kMaxLookAhead;

  explicit DynamicPattern(const State& state)
      : look_ahead_(state.pattern.look_ahead()), lanes_(state.lanes), mask_(T(lane_mask(lanes_))) {
    for (const SlotOffset& offset : state.pattern.offsets()) {
      moves_[size_++] = {offset.row, ((offset.lane % lanes_) + lanes_) % lanes_};
    }
  }
  int look_ahead() const { return look_ahead_; }

  template <class V>
  ESCALATE_INLINE void step(V* rows, V& busy) const {
    for (int m = 0; m < size_; ++m) {
      const SlotOffset move = moves_[m];
      V offered = rows[move.row];
      if (move.lane == 0) {
        rows[move.row] = offered & busy;
      } else {
        offered = (offered >> move.lane | offered << (lanes_ - move.lane)) & mask_;
        const V left = offered & busy;
        rows[move.row] = (left << move.lane | left >> (lanes_ - move.lane)) & mask_;
      }
      busy |= offered;
    }
  }

 private:
  std::array<SlotOffset, ConcentratorPattern::kMaxOffsets> moves_;
  int size_ = 0;
  int look_ahead_;
  int lanes_;
  T mask_;
};

// Sends kBlock elements down their rows: bases[g * kBlock + i] gets bit r % bits(T) set where a
// step of column i starts at row r = g * bits(T) + ...
template <class M, class T, class Pattern>
ESCALATE_INLINE void walk_rows(const Pattern& pattern, int num_rows, const T* slot_rows, T* bases) {
  using V = typename M::template Vector<T>;
  constexpr int kColumns = M::kBytes / int(sizeof(T));
  constexpr int kBits = int(sizeof(T)) * 8;
  constexpr int kAbreast = kBlock / kColumns < 2 ? 1 : 2;
  constexpr int kLast = Pattern::kLookAhead;
  const int last = pattern.look_ahead();
  for (int first = 0; first < kBlock; first += kColumns * kAbreast) {
    const T* next = slot_rows + first;
    V rows[kAbreast][kLast + 1];
    V since_base[kAbreast];  // rows since the element's last step
    V starts[kAbreast] = {};
    for (int v = 0; v < kAbreast; ++v) {
      for (int i = 0; i < last; ++i) rows[v][i + 1] = load<V>(next + i * kBlock + v * kColumns);
      since_base[v] = V{} + T(last + 1);
    }
    next += last * kBlock;
    V bit = V{} + T(1);
    for (int r = 0; r < num_rows; ++r, next += kBlock) {
      for (int v = 0; v < kAbreast; ++v) {
        for (int i = 0; i < last; ++i) rows[v][i] = rows[v][i + 1];
        rows[v][last] = load<V>(next + v * kColumns);
        // A retired row is empty. A row that was not retired holds a match, or lies 1+h below the
        // last base.
        const V retired = V(rows[v][0] == 0) & V(since_base[v] != T(last + 1));
        since_base[v] = (since_base[v] & retired) + T(1);
        starts[v] |= bit & ~retired;
        V busy = rows[v][0] | retired;
        pattern.step(rows[v], busy);
      }
      bit += bit;
      if ((r + 1) % kBits == 0 || r + 1 == num_rows) {
        for (int v = 0; v < kAbreast; ++v) {
          store(bases + r / kBits * kBlock + first + v * kColumns, starts[v]);
          starts[v] = V{};
        }
        bit = V{} + T(1);
      }
    }
  }
}

// ---- a block

template <class M, class T>
ESCALATE_INLINE void collect(const State& state, const CoefficientTile& tile, int block,
                             const int* slots, const std::uint8_t* column, CaBatchResult& result) {
  constexpr int kBits = int(sizeof(T)) * 8;
  constexpr int kGroups = 64 / kBits;
  const T* bases = state.bases.as<T>();
  const std::uint64_t* packed = state.packed.as<std::uint64_t>();
  const int groups = (state.rows + kBits - 1) / kBits;
  std::uint64_t matches[kBlock] = {};
  for (int w = 0; w < state.words; ++w) {
    for (int i = 0; i < kBlock; ++i) matches[i] += M::popcount(packed[w * kBlock + i]);
  }
  const int count = std::min(kBlock, tile.num_rows() - block * kBlock);
  for (int i = 0; i < count; ++i) {
    const std::size_t element = std::size_t(block) * kBlock + i;
    std::uint64_t* out = &result.bases[element * result.words];
    const int rows = slots[i] == state.slots ? state.rows : num_slot_rows(slots[i], state.lanes);
    std::uint64_t steps = 0;
    for (int w = 0; w < result.words; ++w) {
      std::uint64_t word = 0;
      for (int g = w * kGroups; g < std::min(groups, (w + 1) * kGroups); ++g) {
        word |= std::uint64_t(bases[g * kBlock + column[i]]) << (g % kGroups * kBits % 64);
      }
      const int left = rows - w * 64;
      if (left < 64) word = left <= 0 ? 0 : word & lane_mask(left);
      out[w] = word;
      steps += M::popcount(word);
    }
    result.elements[element] = {std::uint16_t(slots[i]), std::uint16_t(rows),
                                std::uint16_t(matches[i]), std::uint16_t(steps)};
  }
}

template <class M, class T, class Pattern, bool kRows16>
ESCALATE_INLINE void run_blocks(State& state, const CoefficientTile& tile, int first_block,
                                int last_block, CaBatchResult& result) {
  static constexpr std::array<std::uint8_t, kBlock> kInOrder = kColumn16<16>;
  const Pattern pattern(state);
  std::uint64_t* packed = state.packed.as<std::uint64_t>();
  T* slot_rows = state.slot_rows.as<T>();
  for (int block = first_block; block < last_block; ++block) {
    const std::uint64_t* maps = tile.block_maps(block);
    if constexpr (M::kPext) {
      pack_by_element<M>(state, maps, packed);
    } else {
      pack_by_chunk<M>(state, maps, packed);
    }
    int slots[kBlock];
    std::fill_n(slots, kBlock, state.slots);
    for (std::uint32_t skipping = tile.skipping(block); skipping != 0; skipping &= skipping - 1) {
      const int i = std::countr_zero(skipping);
      slots[i] = pack_visited<M>(state, tile, block * kBlock + i, maps + i, packed + i);
    }
    if constexpr (kRows16) {
      split_rows16<M>(state, slot_rows);
    } else {
      split_rows<M>(state, slot_rows);
    }
    walk_rows<M>(pattern, state.rows, slot_rows, state.bases.as<T>());
    collect<M, T>(state, tile, block, slots,
                  kRows16 ? kColumn16<M::kBytes>.data() : kInOrder.data(), result);
  }
}

// ---- one function for each instruction set and kind of machine

template <InstructionSet kSet, class T, class Pattern, bool kRows16>
void kernel(State& state, const CoefficientTile& tile, int first, int last, CaBatchResult& result) {
  run_blocks<Machine<kSet>, T, Pattern, kRows16>(state, tile, first, last, result);
}

#if defined(__x86_64__)
template <InstructionSet kSet, class T, class Pattern, bool kRows16>
[[gnu::target("avx2,bmi,bmi2,popcnt")]] void kernel_avx2(State& state, const CoefficientTile& tile,
                                                         int first, int last,
                                                         CaBatchResult& result) {
  run_blocks<Machine<kSet>, T, Pattern, kRows16>(state, tile, first, last, result);
}
#endif

template <class T, class Pattern, bool kRows16 = false>
State::Kernel choose_instruction_set(InstructionSet set) {
  switch (set) {
#if defined(__x86_64__)
    case InstructionSet::kAvx2Pext:
      return kernel_avx2<InstructionSet::kAvx2Pext, T, Pattern, kRows16>;
    case InstructionSet::kAvx2:
      return kernel_avx2<InstructionSet::kAvx2, T, Pattern, kRows16>;
#endif
    default:
      return kernel<InstructionSet::kPortable, T, Pattern, kRows16>;
  }
}

constexpr Offsets<5> kLook3Aside2 = {{{{1, 0}, {2, 0}, {3, 0}, {1, -1}, {1, -2}}}};
constexpr Offsets<7> kTrident = {{{{1, 0}, {2, 0}, {1, 1}, {1, -1}, {2, 2}, {2, -2}, {1, 3}}}};

template <int kOffsets>
bool is(const ConcentratorPattern& pattern, const Offsets<kOffsets>& known) {
  const auto offsets = pattern.offsets();
  return std::equal(offsets.begin(), offsets.end(), known.offset.begin(), known.offset.end());
}

State::Kernel choose_kernel(int lanes, const ConcentratorPattern& pattern, InstructionSet set) {
  using U16 = std::uint16_t;
  if (lanes == 16) {
    if (is(pattern, kLook3Aside2)) {
      return choose_instruction_set<U16, StaticPattern<U16, kLook3Aside2, 3>, true>(set);
    }
    if (is(pattern, kTrident)) {
      return choose_instruction_set<U16, StaticPattern<U16, kTrident, 2>, true>(set);
    }
    return choose_instruction_set<U16, DynamicPattern<U16>, true>(set);
  }
  if (lanes < 16) return choose_instruction_set<U16, DynamicPattern<U16>>(set);
  if (lanes <= 32) return choose_instruction_set<std::uint32_t, DynamicPattern<std::uint32_t>>(set);
  return choose_instruction_set<std::uint64_t, DynamicPattern<std::uint64_t>>(set);
}

}  // namespace

CaBatch::CaBatch(int lanes, const ConcentratorPattern& pattern, InstructionSet set)
    : state_(std::make_unique<State>()) {
  ensure(lanes >= 1 && lanes <= kMaxLanes, "a concentrator has 1 to 64 lanes");
  ensure(set <= best_instruction_set(), "this processor lacks the instruction set");
  state_->lanes = lanes;
  state_->pattern = pattern;
  state_->set = set;
  state_->kernel = choose_kernel(lanes, pattern, set);
}

CaBatch::~CaBatch() = default;
CaBatch::CaBatch(CaBatch&&) noexcept = default;
CaBatch& CaBatch::operator=(CaBatch&&) noexcept = default;

InstructionSet CaBatch::instruction_set() const { return state_->set; }

void CaBatch::load(std::span<const std::uint64_t> activation_maps) {
  State& state = *state_;
  state.chunks.resize(activation_maps.size());
  int slots = 0;
  for (std::size_t c = 0; c < activation_maps.size(); ++c) {
    ChunkPlan& chunk = state.chunks[c];
    chunk.map = activation_maps[c];
    if (state.set != InstructionSet::kAvx2Pext) chunk.gather = GatherControl(chunk.map);
    chunk.width = std::popcount(activation_maps[c]);
    chunk.shift = slots % 64;
    chunk.fills = chunk.shift + chunk.width >= 64;
    slots += chunk.width;
  }
  ensure(slots <= 0xffff, "an entry has at most 65535 activations");
  state.slots = slots;
  state.rows = num_slot_rows(slots, state.lanes);
  state.words = (state.rows * state.lanes + 63) / 64 + 1;
  // Behind the last slot row, kernels read h rows of zeros, and may write (zeros) up to a multiple
  // of four rows.
  const std::size_t rows = std::size_t(state.rows) + kMaxLookAhead + 3;
  const std::size_t element_bytes = sizeof(std::uint64_t) * kBlock;
  state.packed.clear((state.words + 1) * element_bytes);
  state.slot_rows.clear(rows * element_bytes);
  state.bases.clear(state.rows * element_bytes);
}

void CaBatch::run(const CoefficientTile& tile, int first_block, int last_block,
                  CaBatchResult& result) {
  State& state = *state_;
  ensure(tile.num_chunks() == int(state.chunks.size()),
         "an entry and its coefficients have the same chunks");
  ensure(first_block >= 0 && last_block <= tile.num_blocks(), "no such block of coefficient rows");
  result.words = (state.rows + 63) / 64;
  result.elements.resize(std::size_t(tile.num_rows()));
  result.bases.resize(std::size_t(tile.num_rows()) * result.words);
  state.kernel(state, tile, first_block, last_block, result);
}

}  // namespace escalate
