// mediasoup's worker keeps its maps in ankerl::unordered_dense, which Debian 12 does not package. Abseil's hash maps,
// which the worker used until 3.20 and whose library it still carries, do the same. They differ in one point that the
// worker relies on: erasing an element by iterator answers with the next.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <absl/hash/hash.h>

#include <iterator>

namespace ankerl::unordered_dense {

template <typename Key>
using hash = absl::Hash<Key>;

template <typename Container>
struct ErasingForward : Container {
  using Container::Container;
  using Container::erase;

  typename Container::iterator erase(typename Container::iterator element) {
    const auto next = std::next(element);
    Container::erase(element);
    return next;
  }
};

// Two templates each: who names no hash gets Abseil's own, which finds a std::string by a std::string_view.
template <typename Key, typename Value, typename... Rest>
using map = ErasingForward<absl::flat_hash_map<Key, Value, Rest...>>;

template <typename Key, typename... Rest>
using set = ErasingForward<absl::flat_hash_set<Key, Rest...>>;

}  // namespace ankerl::unordered_dense
