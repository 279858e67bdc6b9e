#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "internal/base/bytes.h"
#include "internal/base/rope.h"

namespace mcp::http {

// Header fields in the order they came. Names compare without case (RFC 9110 §5.1). All of them are slices of
// one text, so that a head costs two allocations however many fields it has; what is handed out holds until a
// field is added or set.
class Headers {
 public:
  using Field = std::pair<std::string_view, std::string_view>;  // name, value

  Headers() = default;
  Headers(std::initializer_list<Field> fields);

  void add(std::string_view name, std::string_view value) { places_.push_back(append(name, value)); }
  // Room for so many fields, and for so many bytes of names and values.
  void reserve(std::size_t fields, std::size_t bytes);
  void set(std::string_view name, std::string_view value);
  // The first value, or empty when the field is absent; has() tells the two apart.
  std::string_view get(std::string_view name) const;
  bool has(std::string_view name) const;
  std::size_t count(std::string_view name) const;

  class Iterator;
  Iterator begin() const;
  Iterator end() const;
  std::size_t size() const { return places_.size(); }

 private:
  // A name in the text, and its value right behind it.
  struct Place {
    std::uint32_t at;
    std::uint32_t name;
    std::uint32_t value;
  };
  Place append(std::string_view name, std::string_view value);
  std::string_view name_at(const Place& place) const {
    return std::string_view(text_).substr(place.at, place.name);
  }
  std::string_view value_at(const Place& place) const {
    return std::string_view(text_).substr(place.at + place.name, place.value);
  }

  std::string text_;
  std::vector<Place> places_;
};

class Headers::Iterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = Field;
  using difference_type = std::ptrdiff_t;
  using pointer = void;
  using reference = Field;

  Iterator(const Headers& of, std::vector<Place>::const_iterator at) : of_(&of), at_(at) {}
  Field operator*() const { return {of_->name_at(*at_), of_->value_at(*at_)}; }
  Iterator& operator++() {
    ++at_;
    return *this;
  }
  friend bool operator==(const Iterator& a, const Iterator& b) { return a.at_ == b.at_; }

 private:
  const Headers* of_;
  std::vector<Place>::const_iterator at_;
};

inline Headers::Iterator Headers::begin() const { return {*this, places_.begin()}; }
inline Headers::Iterator Headers::end() const { return {*this, places_.end()}; }

// A request line and its fields, before the body was read.
struct RequestHead {
  std::string method;
  std::string target;  // as sent: origin-form only
  std::string path;    // percent-decoded, without the query; dot segments refused with 400
  std::string query;
  Headers headers;
  std::string peer;  // "127.0.0.1:51234" or "unix"
};

struct Request {
  RequestHead head;
  Bytes body;
};

struct Response {
  int status = 200;
  Headers headers;
  Rope body;
  // Nobody was asked: who answers refused the request by itself. Not sent; for who keeps account.
  bool refused = false;
};

// The reason phrase of a status (RFC 9110 §15).
std::string_view reason(int status);

}  // namespace mcp::http
