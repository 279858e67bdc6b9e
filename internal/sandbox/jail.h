#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "internal/sandbox/policy.h"

namespace mcp::sandbox {

// One thing that the program will see, in the order in which it is put there.
struct Item {
  enum class Kind : std::uint8_t {
    kBind,       // `source` of the machine, a directory or file, with everything mounted below it
    kDevice,     // the same for a device node
    kTmpfs,      // an empty directory of its own, `size` bytes at most
    kFile,       // a file with `source` as its content
    kLink,       // a symbolic link to `source`
    kDirectory,  // an empty directory
    kProc,       // /proc of its own processes alone
  };
  Kind kind = Kind::kBind;
  std::string source;
  std::string target;  // absolute
  std::uint64_t size = 0;
  bool writable = false;
  bool executable = false;
  bool own = false;  // as root: shown with the rights of its owner (idmap.h)

  friend bool operator==(const Item&, const Item&) = default;
};

struct Rlimit {
  std::int32_t resource = 0;
  std::uint64_t soft = 0;
  std::uint64_t hard = 0;

  friend bool operator==(const Rlimit&, const Rlimit&) = default;
};

// A control group made for one program: below `parent`, each of `settings` a file and what is written to it.
struct Group {
  std::string parent;
  std::vector<std::pair<std::string, std::string>> settings;
  std::vector<std::string> events;  // files that count how often a limit was met

  friend bool operator==(const Group&, const Group&) = default;
};

// A place inside at which a connection is taken; whoever holds the socket decides where it leads.
struct Listener {
  std::uint32_t address = 0;  // IPv4, in the order of this machine
  std::uint16_t port = 0;

  friend bool operator==(const Listener&, const Listener&) = default;
};

// Everything that is done to one program, with nothing left to decide: made by make_plan() before any fork,
// packed into the launch's memfd, carried out by cell.h and init.h. Plain data.
struct Jail {
  bool root = false;      // made by root: identity.h
  std::uint32_t uid = 0;  // inside
  std::uint32_t gid = 0;
  std::uint64_t namespaces = 0;  // CLONE_NEW…
  Network network = Network::kNone;
  std::vector<Listener> listeners;
  std::string hostname;
  std::vector<Item> view;
  std::vector<Rlimit> rlimits;
  std::vector<Group> groups;
  std::int32_t landlock = 0;  // the ABI to use; 0: none
  std::string filter;         // sock_filter instructions; empty: none
  std::int64_t wall_ms = 0;

  friend bool operator==(const Jail&, const Jail&) = default;
};

std::string pack(const Jail& jail);
// False when the bytes are not a packed jail.
bool unpack(std::string_view bytes, Jail& jail);

}  // namespace mcp::sandbox
