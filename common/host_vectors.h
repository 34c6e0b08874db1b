// Vectors of the compiler, for kernels that are written once and compiled for each instruction set:
// their parts are inlined into a function that carries the target attribute. Vectors are only ever
// locals of such functions; their calling convention, which differs, does not matter.
#pragma once

#include <cstring>

#pragma GCC diagnostic ignored "-Wpsabi"

#define ESCALATE_INLINE [[gnu::always_inline]] inline

namespace escalate {

template <class T, int kBytes>
struct VectorOf {
  typedef T type __attribute__((vector_size(kBytes)));
};

template <class V, class T>
ESCALATE_INLINE V load(const T* from) {
  V vector;
  std::memcpy(&vector, from, sizeof(V));
  return vector;
}

template <class V, class T>
ESCALATE_INLINE void store(T* to, const V& vector) {
  std::memcpy(to, &vector, sizeof(V));
}

}  // namespace escalate
