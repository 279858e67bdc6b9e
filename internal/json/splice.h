#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "internal/base/rope.h"

namespace mcp::json {

// Edits of one JSON text that leave every other byte as it was. Slices must lie inside the source;
// edits must not overlap, and may be given in any order.
class Splice {
 public:
  explicit Splice(std::string_view source) : source_(source) {}

  void replace(std::string_view slice, std::string text);
  // New members at the front of an object slice (`{`…`}`): "\"a\":1,\"b\":2", without outer commas.
  void insert_members(std::string_view object, std::string members);
  // Removes one member (its key and a neighbouring comma) whose value slice is given. The slice must be a
  // member's value.
  void remove_member(std::string_view value);

  bool empty() const { return edits_.empty(); }
  std::string apply() const;
  // The same as slices of the source, given again as what owns its bytes, where it is large.
  Rope apply_to(const Bytes& source) const;

 private:
  enum class Kind { kInsert, kReplace, kRemove };
  struct Edit {
    std::size_t begin;
    std::size_t end;
    Kind kind;
    std::string text;
  };

  void add(Edit edit);
  std::size_t offset(std::string_view slice) const;
  std::size_t skip_blanks(std::size_t at) const;
  // Neighbouring members that all go, from edits_[first] on: the last edit of the run.
  std::size_t run_end(std::size_t first) const;
  // Where the bytes of a run begin and end, the comma that goes with it included.
  std::pair<std::size_t, std::size_t> run_bytes(const Edit& first, const Edit& last) const;
  // Does the object whose inner text begins at edits_[next]'s or at `at` keep a member?
  bool keeps_members(std::size_t next, std::size_t at) const;

  // Gives out the pieces of the result in order: slices of the source, and edits' texts.
  template <class Take>
  void pieces(Take take) const;

  std::string_view source_;
  std::vector<Edit> edits_;  // in the order of the source
};

}  // namespace mcp::json
