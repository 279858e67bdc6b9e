#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>

#include "cmd/mcp/serve_config.h"

namespace mcp::cmd {

// Where the value of a key goes.
using ServePlace =
    std::variant<std::size_t ServeConfig::*, bool ServeConfig::*, std::chrono::milliseconds ServeConfig::*,
                 std::size_t http::ServerLimits::*, std::chrono::milliseconds http::ServerLimits::*>;

// A key of [serve]. Most are a number, a size, a time or a switch, and are declared together with their
// place, from which they have their default too; the others are read by hand.
struct ServeKey {
  ServeKey(config::Key by_hand) : key(std::move(by_hand)) {}  // implicit: a list holds both kinds
  ServeKey(config::Key fitting, ServePlace where) : key(std::move(fitting)), place(where) {}

  config::Key key;
  std::optional<ServePlace> place{};
};

// Least and most; of times in milliseconds, of sizes in bytes.
struct KeyRange {
  std::int64_t min;
  std::int64_t max;
};

// A reload applies these; restart() makes of one a key that waits for the next start.
ServeKey number_key(std::string name, ServePlace place, KeyRange range, std::string help);
ServeKey size_key(std::string name, ServePlace place, KeyRange range, std::string help);
ServeKey time_key(std::string name, ServePlace place, KeyRange range, std::string help);
ServeKey switch_key(std::string name, ServePlace place, std::string help);
ServeKey restart(ServeKey key);

// Puts the key's value in its place, where it has one.
void read_key(const ServeKey& key, const config::Table& table, ServeConfig& out);

}  // namespace mcp::cmd
