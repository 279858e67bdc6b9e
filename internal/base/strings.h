#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mcp {

// A JSON string literal, quotes included. Half a surrogate pair (WTF-8, see json/escapes.h) becomes its
// escape; other invalid UTF-8 passes through unchanged: validate first where it matters.
std::string json_quote(std::string_view text);

std::string_view trim(std::string_view text);
std::string to_lower(std::string_view text);
bool iequals(std::string_view a, std::string_view b);
std::vector<std::string_view> split(std::string_view text, char separator);
bool is_valid_utf8(std::string_view text);

// Levenshtein distance with transpositions.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The candidate nearest to a misspelt word, if any is near enough to be meant.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& candidates);

// Does text match a pattern in which `*` stands for any run of characters?
bool glob_match(std::string_view pattern, std::string_view text);

}  // namespace mcp
