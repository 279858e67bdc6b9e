#include "internal/json/splice.h"

#include <algorithm>
#include <cassert>
#include <tuple>
#include <utility>

namespace mcp::json {
namespace {

// Shorter pieces are copied together.
constexpr std::size_t kCopied = 4 << 10;

bool blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

}  // namespace

std::size_t Splice::offset(std::string_view slice) const {
  assert(slice.data() >= source_.data() && slice.data() + slice.size() <= source_.data() + source_.size());
  return static_cast<std::size_t>(slice.data() - source_.data());
}

// Behind those of the same place and kind that were given before.
void Splice::add(Edit edit) {
  auto is_before = [](const Edit& a, const Edit& b) {
    return std::tie(a.begin, a.kind) < std::tie(b.begin, b.kind);
  };
  auto place = std::upper_bound(edits_.begin(), edits_.end(), edit, is_before);
  edits_.insert(place, std::move(edit));
}

void Splice::replace(std::string_view slice, std::string text) {
  std::size_t begin = offset(slice);
  add({begin, begin + slice.size(), Kind::kReplace, std::move(text)});
}

void Splice::insert_members(std::string_view object, std::string members) {
  assert(object.size() >= 2 && object.front() == '{');
  std::size_t at = offset(object) + 1;
  add({at, at, Kind::kInsert, std::move(members)});
}

void Splice::remove_member(std::string_view value) {
  std::size_t begin = offset(value);
  std::size_t end = begin + value.size();
  while (source_[begin - 1] != ':') --begin;
  --begin;
  while (source_[begin - 1] != '"') --begin;  // the key's closing quote
  --begin;
  // The opening quote is the nearest one before it that no odd run of backslashes escapes.
  for (;;) {
    --begin;
    if (source_[begin] != '"') continue;
    std::size_t slashes = 0;
    while (begin > slashes && source_[begin - 1 - slashes] == '\\') ++slashes;
    if (slashes % 2 == 0) break;
  }
  add({begin, end, Kind::kRemove, {}});
}

std::size_t Splice::skip_blanks(std::size_t at) const {
  while (at < source_.size() && blank(source_[at])) ++at;
  return at;
}

std::size_t Splice::run_end(std::size_t first) const {
  std::size_t last = first;
  while (last + 1 < edits_.size() && edits_[last + 1].kind == Kind::kRemove) {
    std::size_t comma = skip_blanks(edits_[last].end);
    if (source_[comma] != ',' || skip_blanks(comma + 1) != edits_[last + 1].begin) break;
    ++last;
  }
  return last;
}

std::pair<std::size_t, std::size_t> Splice::run_bytes(const Edit& first, const Edit& last) const {
  std::size_t after = skip_blanks(last.end);
  if (source_[after] == ',') return {first.begin, after + 1};
  std::size_t before = first.begin;
  while (blank(source_[before - 1])) --before;
  if (source_[before - 1] == ',') return {before - 1, last.end};
  return {first.begin, last.end};
}

bool Splice::keeps_members(std::size_t next, std::size_t at) const {
  std::size_t inner = skip_blanks(at);
  if (source_[inner] == '}') return false;
  bool first_goes = next < edits_.size() && edits_[next].kind == Kind::kRemove && edits_[next].begin == inner;
  if (!first_goes) return true;
  return source_[skip_blanks(edits_[run_end(next)].end)] == ',';
}

template <class Take>
void Splice::pieces(Take take) const {
  std::size_t at = 0;
  for (std::size_t i = 0; i < edits_.size(); ++i) {
    const Edit& edit = edits_[i];
    std::size_t begin = edit.begin;
    std::size_t end = edit.end;
    if (edit.kind == Kind::kRemove) {
      i = run_end(i);
      std::tie(begin, end) = run_bytes(edit, edits_[i]);
    }
    take(source_.substr(at, begin - at));
    take(edit.text);
    at = end;
    if (edit.kind != Kind::kInsert) continue;
    bool another =
        i + 1 < edits_.size() && edits_[i + 1].kind == Kind::kInsert && edits_[i + 1].begin == begin;
    if (another || keeps_members(i + 1, begin)) take(",");
  }
  take(source_.substr(at));
}

std::string Splice::apply() const {
  std::string out;
  std::size_t growth = edits_.size();
  for (const Edit& edit : edits_) growth += edit.text.size();
  out.reserve(source_.size() + growth + Bytes::kPadding);
  pieces([&out](std::string_view piece) { out.append(piece); });
  return out;
}

Rope Splice::apply_to(const Bytes& source) const {
  assert(source.data() == source_.data());
  if (source.size() < Rope::kShareFrom) return Bytes::adopt(apply());
  std::vector<Bytes> parts;
  std::string small;
  auto flush = [&] {
    if (!small.empty()) parts.push_back(Bytes::adopt(std::exchange(small, {})));
  };
  pieces([&](std::string_view piece) {
    if (piece.size() < kCopied) {
      small.append(piece);
      return;
    }
    flush();
    parts.push_back(source.slice(piece));
  });
  flush();
  return Rope(std::move(parts));
}

}  // namespace mcp::json
