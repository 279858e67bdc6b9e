#include "internal/http/message.h"

#include <algorithm>

#include "internal/base/strings.h"

namespace mcp::http {

Headers::Headers(std::initializer_list<Field> fields) {
  for (const auto& [name, value] : fields) add(name, value);
}

void Headers::reserve(std::size_t fields, std::size_t bytes) {
  places_.reserve(fields);
  text_.reserve(bytes);
}

Headers::Place Headers::append(std::string_view name, std::string_view value) {
  Place place{static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(name.size()),
              static_cast<std::uint32_t>(value.size())};
  std::size_t needed = text_.size() + name.size() + value.size();
  if (needed > text_.capacity()) {
    // They may be slices of the text itself: it is let go when they are copied.
    std::string grown;
    grown.reserve(std::max(needed, 2 * text_.capacity()));
    grown.append(text_);
    text_ = std::move(grown.append(name).append(value));
  } else {
    text_.append(name).append(value);
  }
  return place;
}

// What it replaces stays in the text, unseen: fields are set a few times, not for ever.
void Headers::set(std::string_view name, std::string_view value) {
  auto same = [&](const Place& place) { return iequals(name_at(place), name); };
  auto first = std::find_if(places_.begin(), places_.end(), same);
  if (first == places_.end()) return add(name, value);
  *first = append(name_at(*first), value);
  places_.erase(std::remove_if(first + 1, places_.end(), same), places_.end());
}

std::string_view Headers::get(std::string_view name) const {
  for (const Place& place : places_) {
    if (place.name == name.size() && iequals(name_at(place), name)) return value_at(place);
  }
  return {};
}

bool Headers::has(std::string_view name) const {
  return std::any_of(places_.begin(), places_.end(), [&](const Place& place) {
    return place.name == name.size() && iequals(name_at(place), name);
  });
}

std::size_t Headers::count(std::string_view name) const {
  return static_cast<std::size_t>(std::count_if(places_.begin(), places_.end(), [&](const Place& place) {
    return place.name == name.size() && iequals(name_at(place), name);
  }));
}

std::string_view reason(int status) {
  switch (status) {
    case 100: return "Continue";
    case 101: return "Switching Protocols";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Content";
    case 426: return "Upgrade Required";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 499: return "Client Closed Request";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    default: return "Unknown";
  }
}

}  // namespace mcp::http
