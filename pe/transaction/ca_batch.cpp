// One kernel, written once and compiled for each instruction set: its parts are always inlined into
// a function that carries the target attribute, so that the whole loop, not just a gather, is
// compiled for it. Elements are columns: 16 elements lie side by side in vector registers, and all
// go down their slot rows together. At each row an element either steps or has retired the row
// already, which costs an element nothing but an idle column.
#include "pe/transaction/ca_batch.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

#include "common/host_vectors.h"
#include "interconnect/transaction/bit_gather.h"
#include "machine/ternary_words.h"

namespace escalate {

namespace {

constexpr int kBlock = CoefficientTile::kBlock;

}  // namespace

struct CaBatch::State {
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
    // Makes at least `size` bytes, of which those from `zeros` on are zero.
    void make(std::size_t size, std::size_t zeros) {
      if (size > size_) {
        bytes_.reset(static_cast<std::byte*>(::operator new(size, kAlignment)));
        size_ = size;
      }
      std::memset(bytes_.get() + zeros, 0, size - zeros);
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

  using Kernel = void (*)(State&, const CoefficientTile&, int, int, CaBatchResult&);

  int lanes = 0;
  ConcentratorPattern pattern;
  HostSimd set = HostSimd::kPortable;
  Kernel kernel = nullptr;

  std::vector<ChunkPlan> chunks;
  int slots = 0;  // slots of an element that visits all chunks
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
using ChunkPlan = State::ChunkPlan;

// The loaded entry and the scratch memory, as locals of a kernel: vector stores may alias a State.
struct Entry {
  explicit Entry(State& state)
      : chunks(state.chunks.data()),
        num_chunks(int(state.chunks.size())),
        lanes(state.lanes),
        slots(state.slots),
        rows(state.rows),
        words(state.words),
        packed(state.packed.as<std::uint64_t>()) {}

  const ChunkPlan* chunks;
  int num_chunks;
  int lanes;
  int slots;
  int rows;
  int words;
  std::uint64_t* packed;
};

// ---- instruction sets

template <HostSimd kSet>
struct Machine {
  static constexpr bool kWide = kSet != HostSimd::kPortable;
  static constexpr bool kPext = kSet == HostSimd::kAvx2Pext;
  static constexpr int kBytes = kWide ? 32 : 16;

  template <class T>
  using Vector = typename VectorOf<T, kBytes>::type;

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

// ---- dilution

// A few elements at a time, for a gather of one instruction. Counts matches on the way.
template <class M>
ESCALATE_INLINE void pack_by_element(const Entry& entry, const std::uint64_t* maps,
                                     std::uint16_t* matches) {
  constexpr int kAbreast = 4;  // share the loop's overhead and the loads of its constants
  for (int first = 0; first < kBlock; first += kAbreast) {
    const std::uint64_t* map = maps + first;
    std::uint64_t* out = entry.packed + first;
    std::uint64_t word[kAbreast] = {};
    std::uint64_t count[kAbreast] = {};
    const ChunkPlan* end = entry.chunks + entry.num_chunks;
    for (const ChunkPlan* chunk = entry.chunks; chunk != end; ++chunk, map += kBlock) {
      std::uint64_t bits[kAbreast];
      for (int i = 0; i < kAbreast; ++i) {
        bits[i] = M::gather(*chunk, map[i]);
        word[i] |= bits[i] << chunk->shift;
      }
      if (!chunk->fills) continue;
      for (int i = 0; i < kAbreast; ++i) {
        out[i] = word[i];
        count[i] += M::popcount(word[i]);
        word[i] = bits[i] >> 1 >> (63 - chunk->shift);
      }
      out += kBlock;
    }
    for (int i = 0; i < kAbreast; ++i) {
      out[i] = word[i];
      matches[first + i] = std::uint16_t(count[i] + M::popcount(word[i]));
    }
  }
}

template <class M>
ESCALATE_INLINE void count_matches(const Entry& entry, std::uint16_t* matches) {
  std::uint64_t count[kBlock];
  for (int i = 0; i < kBlock; ++i) count[i] = M::popcount(entry.packed[i]);
  for (int w = 1; w < entry.words - 1; ++w) {
    for (int i = 0; i < kBlock; ++i) count[i] += M::popcount(entry.packed[w * kBlock + i]);
  }
  for (int i = 0; i < kBlock; ++i) matches[i] = std::uint16_t(count[i]);
}

// All elements chunk by chunk, for a gather of many instructions that vectors share.
template <class M>
ESCALATE_INLINE void pack_by_chunk(const Entry& entry, const std::uint64_t* maps) {
  using V = typename M::template Vector<std::uint64_t>;
  constexpr int kColumns = M::kBytes / 8;
  constexpr int kAbreast = 4;  // enough to hide the latency of the gather's stages
  for (int first = 0; first < kBlock; first += kColumns * kAbreast) {
    const std::uint64_t* map = maps + first;
    std::uint64_t* out = entry.packed + first;
    V word[kAbreast] = {};
    for (int c = 0; c < entry.num_chunks; ++c, map += kBlock) {
      const ChunkPlan& chunk = entry.chunks[c];
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

// An element that leaves chunks out; returns its number of slots. Without branches on the data:
// which chunks are left out cannot be predicted.
template <class M>
ESCALATE_INLINE int pack_visited(const Entry& entry, const std::uint64_t* map,
                                 std::uint64_t* packed) {
  std::uint64_t word = 0;
  int slots = 0;
  for (int c = 0; c < entry.num_chunks; ++c, map += kBlock) {
    const ChunkPlan& chunk = entry.chunks[c];
    const std::uint64_t bits = M::gather(chunk, *map);
    const int shift = slots & 63;
    word |= bits << shift;
    packed[std::size_t(slots >> 6) * kBlock] = word;
    const int width = *map == 0 ? 0 : chunk.width;
    const std::uint64_t carried = bits >> 1 >> (63 - shift);
    word = shift + width >= 64 ? carried : word;
    slots += width;
  }
  const int last = slots >> 6;
  packed[last * kBlock] = word;
  for (int w = last + 1; w < entry.words; ++w) packed[w * kBlock] = 0;
  return slots;
}

// ---- slot rows: packed words [word][element] to rows [row][element]

template <class M, class T>
ESCALATE_INLINE void split_rows(const Entry& entry, T* rows) {
  const std::uint64_t mask = lane_mask(entry.lanes);
  for (int r = 0; r < entry.rows; ++r) {
    const int first = r * entry.lanes;
    const int shift = first % 64;
    const std::uint64_t* low = entry.packed + first / 64 * kBlock;
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

// Rows of exactly 16 bits: four a word, transposed in registers. The columns of two-lane vectors
// come out in the order that in_order() puts right.
template <class M>
ESCALATE_INLINE void split_rows16(const Entry& entry, std::uint16_t* rows) {
  using V16 = typename M::template Vector<std::uint16_t>;
  using V64 = typename M::template Vector<std::uint64_t>;
  constexpr int kColumns = M::kBytes / 8;
  const std::uint64_t* word = entry.packed;
  for (int r = 0; r < entry.rows; r += 4, word += kBlock, rows += 4 * kBlock) {
    for (int first = 0; first < kBlock; first += 4 * kColumns) {
      const V16 a = load<V16>(word + first);
      const V16 b = load<V16>(word + first + kColumns);
      const V16 c = load<V16>(word + first + 2 * kColumns);
      const V16 d = load<V16>(word + first + 3 * kColumns);
      V16 ab_low, ab_high, cd_low, cd_high, ab01, ab23, cd01, cd23;
      interleave16(a, b, ab_low, ab_high);
      interleave16(c, d, cd_low, cd_high);
      interleave16(ab_low, ab_high, ab01, ab23);
      interleave16(cd_low, cd_high, cd01, cd23);
      V64 row0, row1, row2, row3;
      interleave64(V64(ab01), V64(cd01), row0, row1);
      interleave64(V64(ab23), V64(cd23), row2, row3);
      store(rows + first, row0);
      store(rows + first + kBlock, row1);
      store(rows + first + 2 * kBlock, row2);
      store(rows + first + 3 * kBlock, row3);
    }
  }
}

// Columns as split_rows16 leaves them (pairs 0 2 4 6 1 3 5 7 of elements), in order.
template <class V16>
ESCALATE_INLINE V16 in_order(const V16& columns) {
  if constexpr (sizeof(V16) == 32) {
    typedef std::uint32_t V32 __attribute__((vector_size(32)));
    const V32 pairs = V32(columns);
    return V16(__builtin_shufflevector(pairs, pairs, 0, 4, 1, 5, 2, 6, 3, 7));
  } else {
    return columns;
  }
}

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

// Sends kBlock elements down `num_rows` rows. Sets bit r % bits(T) of bases[g * kBlock + i],
// g = r / bits(T), where a step of element i starts at row r, and steps[i] to their number.
template <class M, class T, class Pattern, bool kRows16>
ESCALATE_INLINE void walk_rows(const Pattern& pattern, int num_rows, const T* slot_rows, T* bases,
                               std::uint16_t* steps) {
  using V = typename M::template Vector<T>;
  using Signed = typename M::template Vector<std::make_signed_t<T>>;
  constexpr int kColumns = M::kBytes / int(sizeof(T));
  constexpr int kBits = int(sizeof(T)) * 8;
  constexpr int kAbreast = std::min(2, kBlock / kColumns);  // hides the latency of a step
  constexpr int kLast = Pattern::kLookAhead;
  const int last = pattern.look_ahead();
  const Signed window = Signed{} + std::make_signed_t<T>(last + 1);
  for (int first = 0; first < kBlock; first += kColumns * kAbreast) {
    const T* next = slot_rows + first;
    V rows[kAbreast][kLast + 1];
    V since_base[kAbreast];         // rows since the element's last step
    V retired_rows[kAbreast] = {};  // their number, negative
    for (int v = 0; v < kAbreast; ++v) {
      for (int i = 0; i < last; ++i) rows[v][i + 1] = load<V>(next + i * kBlock + v * kColumns);
      since_base[v] = V(window);
    }
    next += last * kBlock;
    T* out = bases + first;
    for (int r = 0; r < num_rows; out += kBlock) {
      V starts[kAbreast] = {};
      V bit = V{} + T(1);
      for (const int end = std::min(num_rows, r + kBits); r < end; ++r, next += kBlock) {
        for (int v = 0; v < kAbreast; ++v) {
          for (int i = 0; i < last; ++i) rows[v][i] = rows[v][i + 1];
          rows[v][last] = load<V>(next + v * kColumns);
          // A retired row is empty. A row that was not retired holds a match, or lies 1+h below
          // the last base.
          const V retired = V(rows[v][0] == 0) & V(window > Signed(since_base[v]));
          since_base[v] = (since_base[v] & retired) + T(1);
          retired_rows[v] += retired;
          starts[v] |= bit & ~retired;
          V busy = rows[v][0] | retired;
          pattern.step(rows[v], busy);
        }
        bit += bit;
      }
      for (int v = 0; v < kAbreast; ++v) {
        if constexpr (kRows16) starts[v] = in_order(starts[v]);
        store(out + v * kColumns, starts[v]);
      }
    }
    for (int v = 0; v < kAbreast; ++v) {
      V count = retired_rows[v] + T(num_rows);
      if constexpr (kRows16) count = in_order(count);
      for (int i = 0; i < kColumns; ++i) {
        steps[first + v * kColumns + i] = std::uint16_t(count[i]);
      }
    }
  }
}

// ---- a block

// Bases of a block from words of T to words of 64 bits.
template <class T>
ESCALATE_INLINE void widen_bases(int num_rows, const T* bases, std::size_t stride,
                                 std::uint64_t* out) {
  constexpr int kBits = int(sizeof(T)) * 8;
  for (int r = 0; r < num_rows; r += 64, out += stride) {
    for (int i = 0; i < kBlock; ++i) out[i] = bases[i];
    bases += kBlock;
    for (int shift = kBits; shift < 64 && r + shift < num_rows; shift += kBits, bases += kBlock) {
      for (int i = 0; i < kBlock; ++i) out[i] |= std::uint64_t(bases[i]) << shift;
    }
  }
}

// Cuts an element that leaves chunks out to its own number of slots.
template <class M>
ESCALATE_INLINE void cut_short(const Entry& entry, int slots, std::size_t element,
                               CaBatchResult& result) {
  const int rows = num_slot_rows(slots, entry.lanes);
  std::uint64_t steps = 0;
  for (int r = 0; r < entry.rows; r += 64) {
    std::uint64_t& word = result.bases[std::size_t(r / 64) * result.slots.size() + element];
    if (r + 64 > rows) word = r < rows ? word & lane_mask(rows - r) : 0;
    steps += M::popcount(word);
  }
  result.slots[element] = std::uint16_t(slots);
  result.rows[element] = std::uint16_t(rows);
  result.steps[element] = std::uint16_t(steps);
}

template <class M, class T, class Pattern, bool kRows16>
ESCALATE_INLINE void run_blocks(State& state, const CoefficientTile& tile, int first_block,
                                int last_block, CaBatchResult& result) {
  const Pattern pattern(state);
  const Entry entry(state);
  T* const slot_rows = state.slot_rows.as<T>();
  T* const bases = state.bases.as<T>();
  for (int block = first_block; block < last_block; ++block) {
    const std::size_t element = std::size_t(block) * kBlock;
    const std::uint64_t* maps = tile.block_maps(block);
    const std::uint32_t skipping = tile.skipping(block);
    int slots[kBlock];
    if constexpr (M::kPext) {
      pack_by_element<M>(entry, maps, &result.matches[element]);
    } else {
      pack_by_chunk<M>(entry, maps);
    }
    for (std::uint32_t left = skipping; left != 0; left &= left - 1) {
      const int i = std::countr_zero(left);
      slots[i] = pack_visited<M>(entry, maps + i, entry.packed + i);
    }
    if constexpr (!M::kPext) count_matches<M>(entry, &result.matches[element]);
    if constexpr (kRows16) {
      split_rows16<M>(entry, slot_rows);
    } else {
      split_rows<M>(entry, slot_rows);
    }
    walk_rows<M, T, Pattern, kRows16>(pattern, entry.rows, slot_rows, bases,
                                      &result.steps[element]);
    std::fill_n(&result.slots[element], kBlock, std::uint16_t(entry.slots));
    std::fill_n(&result.rows[element], kBlock, std::uint16_t(entry.rows));
    widen_bases(entry.rows, bases, result.slots.size(), &result.bases[element]);
    for (std::uint32_t left = skipping; left != 0; left &= left - 1) {
      const int i = std::countr_zero(left);
      cut_short<M>(entry, slots[i], element + i, result);
    }
  }
}

// ---- one function for each instruction set and kind of machine

template <HostSimd kSet, class T, class Pattern, bool kRows16>
void kernel(State& state, const CoefficientTile& tile, int first, int last, CaBatchResult& result) {
  run_blocks<Machine<kSet>, T, Pattern, kRows16>(state, tile, first, last, result);
}

#if defined(__x86_64__)
template <HostSimd kSet, class T, class Pattern, bool kRows16>
[[gnu::target("avx2,bmi,bmi2,popcnt")]] void kernel_avx2(State& state, const CoefficientTile& tile,
                                                         int first, int last,
                                                         CaBatchResult& result) {
  run_blocks<Machine<kSet>, T, Pattern, kRows16>(state, tile, first, last, result);
}
#endif

template <class T, class Pattern, bool kRows16 = false>
State::Kernel choose_host_simd(HostSimd set) {
  switch (set) {
#if defined(__x86_64__)
    case HostSimd::kAvx2Pext:
      return kernel_avx2<HostSimd::kAvx2Pext, T, Pattern, kRows16>;
    case HostSimd::kAvx2:
      return kernel_avx2<HostSimd::kAvx2, T, Pattern, kRows16>;
#endif
    default:
      return kernel<HostSimd::kPortable, T, Pattern, kRows16>;
  }
}

constexpr Offsets<5> kLook3Aside2 = {{{{1, 0}, {2, 0}, {3, 0}, {1, -1}, {1, -2}}}};
constexpr Offsets<7> kTrident = {{{{1, 0}, {2, 0}, {1, 1}, {1, -1}, {2, 2}, {2, -2}, {1, 3}}}};

template <int kOffsets>
bool is(const ConcentratorPattern& pattern, const Offsets<kOffsets>& known) {
  const auto offsets = pattern.offsets();
  return std::equal(offsets.begin(), offsets.end(), known.offset.begin(), known.offset.end());
}

// Of the words that hold slot rows: as wide as choose_kernel() has them.
int bytes_of_row(int lanes) { return lanes <= 16 ? 2 : lanes <= 32 ? 4 : 8; }

State::Kernel choose_kernel(int lanes, const ConcentratorPattern& pattern, HostSimd set) {
  using U16 = std::uint16_t;
  if (lanes == 16) {
    if (is(pattern, kLook3Aside2)) {
      return choose_host_simd<U16, StaticPattern<U16, kLook3Aside2, 3>, true>(set);
    }
    if (is(pattern, kTrident)) {
      return choose_host_simd<U16, StaticPattern<U16, kTrident, 2>, true>(set);
    }
    return choose_host_simd<U16, DynamicPattern<U16>, true>(set);
  }
  if (lanes < 16) return choose_host_simd<U16, DynamicPattern<U16>>(set);
  if (lanes <= 32) return choose_host_simd<std::uint32_t, DynamicPattern<std::uint32_t>>(set);
  return choose_host_simd<std::uint64_t, DynamicPattern<std::uint64_t>>(set);
}

}  // namespace

CaBatch::CaBatch(int lanes, const ConcentratorPattern& pattern, HostSimd set)
    : state_(std::make_unique<State>()) {
  ensure(lanes >= 1 && lanes <= kMaxLanes, "a concentrator has 1 to 64 lanes");
  ensure(set <= best_host_simd(), "this processor lacks the instruction set");
  state_->lanes = lanes;
  state_->pattern = pattern;
  state_->set = set;
  state_->kernel = choose_kernel(lanes, pattern, set);
}

CaBatch::~CaBatch() = default;
CaBatch::CaBatch(CaBatch&&) noexcept = default;
CaBatch& CaBatch::operator=(CaBatch&&) noexcept = default;

HostSimd CaBatch::host_simd() const { return state_->set; }

void CaBatch::load(std::span<const std::uint64_t> activation_maps) {
  State& state = *state_;
  state.chunks.resize(activation_maps.size());
  int slots = 0;
  for (std::size_t c = 0; c < activation_maps.size(); ++c) {
    ChunkPlan& chunk = state.chunks[c];
    chunk.map = activation_maps[c];
    if (state.set != HostSimd::kAvx2Pext) chunk.gather = GatherControl(chunk.map);
    chunk.width = num_ones(activation_maps[c]);
    chunk.shift = slots % 64;
    chunk.fills = chunk.shift + chunk.width >= 64;
    slots += chunk.width;
  }
  ensure(slots <= 0xffff, "an entry has at most 65535 activations");
  state.slots = slots;
  state.rows = num_slot_rows(slots, state.lanes);
  state.words = (state.rows * state.lanes + 63) / 64 + 1;
  // What kernels do not write: packed words behind the last slot, and h slot rows of zeros, which
  // they read. They may write (zeros) up to a multiple of four rows.
  const std::size_t rows = std::size_t(state.rows), words = std::size_t(state.words) + 1;
  const std::size_t word_bytes = sizeof(std::uint64_t) * kBlock;
  const std::size_t row_bytes = std::size_t(bytes_of_row(state.lanes)) * kBlock;
  state.packed.make(words * word_bytes, std::size_t(slots / 64 + 1) * word_bytes);
  state.slot_rows.make((rows + kMaxLookAhead + 3) * row_bytes, rows * row_bytes);
  state.bases.make(rows * row_bytes, rows * row_bytes);
}

void CaBatch::run(const CoefficientTile& tile, int first_block, int last_block,
                  CaBatchResult& result) {
  State& state = *state_;
  ensure(tile.num_chunks() == int(state.chunks.size()),
         "an entry and its coefficients have the same chunks");
  ensure(first_block >= 0 && last_block <= tile.num_blocks(), "no such block of coefficient rows");
  const std::size_t size = std::size_t(tile.num_blocks()) * kBlock;
  result.slots.resize(size);
  result.rows.resize(size);
  result.matches.resize(size);
  result.steps.resize(size);
  result.bases.resize(size * ((state.rows + 63) / 64));
  state.kernel(state, tile, first_block, last_block, result);
}

}  // namespace escalate
