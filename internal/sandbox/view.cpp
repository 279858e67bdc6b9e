#include "internal/sandbox/view.h"

#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "internal/base/strings.h"
#include "internal/sandbox/egress.h"
#include "internal/sandbox/paths.h"

namespace mcp::sandbox {
namespace {

// As paths.h says of its folders.
constexpr const char* kSettings[] = {"/etc/alternatives",    "/etc/ca-certificates", "/etc/fonts",
                                     "/etc/ld.so.cache",     "/etc/ld.so.conf",      "/etc/ld.so.conf.d",
                                     "/etc/localtime",       "/etc/mime.types",      "/etc/pki/tls/certs",
                                     "/etc/protocols",       "/etc/services",        "/etc/ssl/certs",
                                     "/etc/ssl/openssl.cnf", "/etc/timezone"};
constexpr const char* kDevices[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"};

Item link(const char* target, std::string source) {
  return {.kind = Item::Kind::kLink, .source = std::move(source), .target = target};
}
Item file(const char* target, std::string content) {
  return {.kind = Item::Kind::kFile, .source = std::move(content), .target = target};
}
Item tmpfs(const char* target) {
  return {
      .kind = Item::Kind::kTmpfs, .source = {}, .target = target, .size = kTemporaryBytes, .writable = true};
}

Item shown(const std::string& target, std::string source, bool own) {
  return {.kind = Item::Kind::kBind,
          .source = std::move(source),
          .target = target,
          .executable = true,
          .own = own};
}

// What a path of the policy leads to.
Result<std::string> source_of(const char* key, const std::string& path, const Written& written) {
  Way way = follow(path);
  if (way.real.empty()) {
    return fail(ErrorCode::kNotFound, "sandbox: " + json_quote(path) + " is not there",
                "create it, or take it out of read and write");
  }
  std::string left = Written::left(way.real, written.around(way));
  if (left.empty()) return std::move(way.real);
  return fail(ErrorCode::kDenied,
              std::string("sandbox: ") + key + ": " + json_quote(path) + " leads to " + json_quote(way.real) +
                  " by a link in " + json_quote(left) + ", which a server may write",
              "name what it leads to, if a server is to see that; remove the link if not");
}

// What the machine has as a link (/bin -> usr/bin) is a link inside.
void add_if_there(std::vector<Item>& view, const char* path, bool executable) {
  struct stat about {};
  if (::lstat(path, &about) != 0) return;
  char to[PATH_MAX] = {};
  if (S_ISLNK(about.st_mode) && path[1] != 'e') {
    if (::readlink(path, to, sizeof to - 1) > 0) view.push_back(link(path, to));
    return;
  }
  Item item = shown(path, real_path(path), false);
  item.executable = executable;
  if (!item.source.empty()) view.push_back(std::move(item));
}

std::string passwd(std::uint32_t uid, std::uint32_t gid) {
  std::string ids = std::to_string(uid) + ":" + std::to_string(gid);
  return "mcp:x:" + ids +
         ":mcp:/tmp:/bin/sh\nroot:x:0:0:root:/root:/usr/sbin/nologin\n"
         "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";
}

}  // namespace

std::vector<Item> common_view(const Policy& policy, const Host& host, std::uint32_t uid, std::uint32_t gid) {
  std::vector<Item> view;
  for (const char* path : kSystemFolders) add_if_there(view, path, true);
  for (const char* path : kSettings) add_if_there(view, path, false);
  view.push_back(file("/etc/passwd", passwd(uid, gid)));
  view.push_back(file("/etc/group", "mcp:x:" + std::to_string(gid) + ":\nroot:x:0:\nnogroup:x:65534:\n"));
  if (policy.network == Network::kHost) {
    for (const char* path : {"/etc/hosts", "/etc/resolv.conf", "/etc/nsswitch.conf"})
      add_if_there(view, path, false);
  } else {
    view.push_back(file("/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n" + hosts_lines(policy.allow)));
    view.push_back(file("/etc/resolv.conf", ""));
    view.push_back(file("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n"));
  }
  for (const char* path : kDevices) {
    if (exists(path))
      view.push_back({.kind = Item::Kind::kDevice, .source = path, .target = path, .writable = true});
  }
  view.push_back(link("/dev/fd", "/proc/self/fd"));
  view.push_back(link("/dev/stdin", "/proc/self/fd/0"));
  view.push_back(link("/dev/stdout", "/proc/self/fd/1"));
  view.push_back(link("/dev/stderr", "/proc/self/fd/2"));
  view.push_back(tmpfs("/dev/shm"));
  view.push_back(tmpfs("/tmp"));
  view.push_back(link("/var/tmp", "/tmp"));
  if (host.proc) view.push_back({.kind = Item::Kind::kProc, .source = {}, .target = "/proc"});
  return view;
}

Result<std::vector<Item>> policy_view(const Policy& policy, const Written& written, bool own) {
  MCP_TRY(validate_links(policy));
  std::vector<Item> view;
  for (const auto& path : policy.read) {
    MCP_ASSIGN(std::string source, source_of("read", path, written));
    view.push_back(shown(without_slash(path), std::move(source), own));
  }
  for (const auto& path : policy.write) {
    std::string target = without_slash(path);
    auto same =
        std::find_if(view.begin(), view.end(), [&](const Item& item) { return item.target == target; });
    if (same == view.end()) {
      MCP_ASSIGN(std::string source, source_of("write", path, written));
      same = view.insert(view.end(), shown(target, std::move(source), own));
      same->executable = false;
    }
    same->writable = true;
  }
  std::stable_sort(view.begin(), view.end(),
                   [](const Item& a, const Item& b) { return a.target < b.target; });
  view.erase(std::unique(view.begin(), view.end(),
                         [](const Item& a, const Item& b) { return a.target == b.target; }),
             view.end());
  return view;
}

std::vector<Item> grant_view(const std::vector<Grant>& grants, bool own) {
  std::vector<Item> view;
  for (const Grant& grant : grants) view.push_back(shown(grant.path, grant.source, own));
  return view;
}

void put_in_order(std::vector<Item>& view) {
  for (Item& item : view) {
    Way way = follow(item.target);
    bool seen = std::any_of(way.links.begin(), way.links.end(), [&view](const std::string& holder) {
      return std::any_of(view.begin(), view.end(),
                         [&holder](const Item& other) { return is_below(holder, other.source); });
    });
    if (seen) item.target = item.source;
  }
  std::stable_sort(view.begin(), view.end(), [](const Item& a, const Item& b) {
    return a.target == b.target ? a.writable < b.writable : a.target < b.target;
  });
}

}  // namespace mcp::sandbox
