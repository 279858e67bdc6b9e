#include "internal/sandbox/jail.h"

#include <cstring>
#include <type_traits>

namespace mcp::sandbox {
namespace {

// One walk over the fields, in both directions: fields(archive, jail).
struct Writer {
  std::string out;

  bool bytes(void* data, std::size_t size) {
    out.append(static_cast<const char*>(data), size);
    return true;
  }
  bool text(std::string& value) {
    std::uint64_t size = value.size();
    return bytes(&size, sizeof size) && bytes(value.data(), value.size());
  }
  template <class T, class Each>
  bool list(std::vector<T>& values, Each each) {
    std::uint64_t count = values.size();
    bytes(&count, sizeof count);
    for (T& value : values) each(value);
    return true;
  }
};

struct Reader {
  std::string_view rest;

  bool bytes(void* data, std::size_t size) {
    if (rest.size() < size) return false;
    std::memcpy(data, rest.data(), size);
    rest.remove_prefix(size);
    return true;
  }
  bool text(std::string& value) {
    std::uint64_t size = 0;
    if (!bytes(&size, sizeof size) || size > rest.size()) return false;
    value.assign(rest.data(), size);
    rest.remove_prefix(size);
    return true;
  }
  template <class T, class Each>
  bool list(std::vector<T>& values, Each each) {
    std::uint64_t count = 0;
    // An element takes at least one byte: a false count cannot make us allocate much.
    if (!bytes(&count, sizeof count) || count > rest.size()) return false;
    values.resize(count);
    for (T& value : values) {
      if (!each(value)) return false;
    }
    return true;
  }
};

template <class Archive, class T>
bool plain(Archive& archive, T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  return archive.bytes(&value, sizeof value);
}

template <class Archive>
bool fields(Archive& a, Item& item) {
  return plain(a, item.kind) && a.text(item.source) && a.text(item.target) && plain(a, item.size) &&
         plain(a, item.writable) && plain(a, item.executable) && plain(a, item.own);
}

template <class Archive>
bool fields(Archive& a, Group& group) {
  return a.text(group.parent) &&
         a.list(group.settings, [&a](auto& one) { return a.text(one.first) && a.text(one.second); }) &&
         a.list(group.events, [&a](std::string& file) { return a.text(file); });
}

template <class Archive>
bool fields(Archive& a, Jail& jail) {
  return plain(a, jail.root) && plain(a, jail.uid) && plain(a, jail.gid) && plain(a, jail.namespaces) &&
         plain(a, jail.network) &&
         a.list(jail.listeners,
                [&a](Listener& one) { return plain(a, one.address) && plain(a, one.port); }) &&
         a.text(jail.hostname) && a.list(jail.view, [&a](Item& item) { return fields(a, item); }) &&
         a.list(jail.rlimits, [&a](Rlimit& limit) { return plain(a, limit); }) &&
         a.list(jail.groups, [&a](Group& group) { return fields(a, group); }) && plain(a, jail.landlock) &&
         a.text(jail.filter) && plain(a, jail.wall_ms);
}

}  // namespace

std::string pack(const Jail& jail) {
  Writer writer;
  Jail copy = jail;
  fields(writer, copy);
  return std::move(writer.out);
}

bool unpack(std::string_view bytes, Jail& jail) {
  Reader reader{bytes};
  return fields(reader, jail) && reader.rest.empty();
}

}  // namespace mcp::sandbox
