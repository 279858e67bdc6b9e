#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "internal/base/bytes.h"
#include "internal/base/rope.h"

namespace mcp::http {

// Header fields in the order they came. Names compare without case (RFC 9110 §5.1).
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string, std::string>> fields) : fields_(fields) {}

  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  void reserve(std::size_t count) { fields_.reserve(count); }
  void set(std::string_view name, std::string value);
  // The first value, or empty when the field is absent; has() tells the two apart.
  std::string_view get(std::string_view name) const;
  bool has(std::string_view name) const;
  std::size_t count(std::string_view name) const;

  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  std::size_t size() const { return fields_.size(); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

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
};

// The reason phrase of a status (RFC 9110 §15).
std::string_view reason(int status);

}  // namespace mcp::http
