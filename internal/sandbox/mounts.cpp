#include "internal/sandbox/mounts.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "internal/sandbox/mount_api.h"

namespace mcp::sandbox {
namespace {

// The empty root needs a place to hang until it is the root.
constexpr const char* kPlaces[] = {"/tmp", "/var", "/usr"};

std::uint64_t attributes_of(const Item& item) {
  std::uint64_t wanted = kNoSetuid;
  if (item.kind != Item::Kind::kDevice) wanted |= kNoDevices;
  if (item.kind == Item::Kind::kDevice) wanted |= kNoExec;
  if (!item.writable && item.kind != Item::Kind::kDevice) wanted |= kReadOnly;
  return wanted;
}

class Builder {
 public:
  Builder(const std::vector<Item>& view, const IdmapTable& identities)
      : view_(view), identities_(identities) {}

  Failure run() {
    // Before the empty root hides anything: whatever comes later is done with descriptors alone.
    if (::mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return at(Step::kPropagation);
    trees_.resize(view_.size());
    for (std::size_t i = 0; i < view_.size(); ++i) {
      if (!take(i)) return at(Step::kSource, i);
    }
    if (!make_root()) return at(Step::kRoot);
    for (std::size_t i = 0; i < view_.size(); ++i) {
      if (!place(i)) return at(view_[i].kind == Item::Kind::kProc ? Step::kProc : Step::kTarget, i);
    }
    return pivot() ? Failure() : at(Step::kPivot);
  }

 private:
  static Failure at(Step step, std::size_t index) { return {true, step, static_cast<std::int32_t>(index)}; }
  static Failure at(Step step) { return {true, step, -1}; }

  bool take(std::size_t index) {
    const Item& item = view_[index];
    if (item.kind != Item::Kind::kBind && item.kind != Item::Kind::kDevice) return true;
    UniqueFd tree(copy_tree(item.source.c_str()));
    if (!tree) return false;
    std::uint64_t wanted = attributes_of(item);
    int identity = item.own ? identities_.of(index) : -1;
    // A file system that cannot map identities shows the path with everybody's rights instead: that is less,
    // and was reported (Workshop).
    bool set = identity >= 0 && set_attributes(tree.get(), wanted, identity) == 0;
    if (!set && set_attributes(tree.get(), wanted) != 0) return false;
    trees_[index] = std::move(tree);
    return true;
  }

  bool make_root() {
    constexpr MountOption kOptions[] = {
        {"size", "1m"}, {"nr_inodes", "4096"}, {"mode", "0755"}, {nullptr, nullptr}};
    UniqueFd fresh(new_mount("tmpfs", kOptions, kNoSetuid | kNoDevices));
    if (!fresh) return false;
    for (const char* path : kPlaces) {
      UniqueFd place(::open(path, O_PATH | O_DIRECTORY | O_CLOEXEC));
      if (place && attach(fresh.get(), place.get()) == 0) {
        root_ = std::move(fresh);
        return true;
      }
    }
    return false;
  }

  // Of our own making, and so are the links in it.
  bool is_ours(int folder) const {
    struct stat here {
    }, root{};
    return ::fstat(folder, &here) == 0 && ::fstat(root_.get(), &root) == 0 && here.st_dev == root.st_dev;
  }

  // What lies at `path`, whose last name is in `folder`. A link in what is shown leads wherever a program
  // wants: none is followed but our own.
  UniqueFd step(int folder, const std::string& path, int flags) {
    UniqueFd found(open_plain(folder, path.substr(path.rfind('/') + 1).c_str(), flags));
    if (!found && errno == ELOOP && is_ours(folder))
      found.reset(open_inside(root_.get(), path.c_str(), flags));
    return found;
  }

  // The directory that holds `path`, made where it is missing, every step below root_.
  UniqueFd parent_of(const std::string& path) {
    UniqueFd here(open_inside(root_.get(), "/", O_PATH | O_DIRECTORY));
    for (auto slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
      std::string prefix = path.substr(0, slash);
      UniqueFd next = step(here.get(), prefix, O_PATH | O_DIRECTORY);
      if (!next && errno == ENOENT) {
        std::string name = prefix.substr(prefix.rfind('/') + 1);
        if (::mkdirat(here.get(), name.c_str(), 0755) != 0) return {};
        next = step(here.get(), prefix, O_PATH | O_DIRECTORY);
      }
      if (!next) return {};
      here = std::move(next);
    }
    return here;
  }

  bool place(std::size_t index) {
    const Item& item = view_[index];
    UniqueFd parent = parent_of(item.target);
    if (!parent) return false;
    std::string name = item.target.substr(item.target.rfind('/') + 1);
    switch (item.kind) {
      case Item::Kind::kLink: return ::symlinkat(item.source.c_str(), parent.get(), name.c_str()) == 0;
      case Item::Kind::kFile: return write_file(parent.get(), name, item.source);
      case Item::Kind::kDirectory: return ::mkdirat(parent.get(), name.c_str(), 0755) == 0;
      case Item::Kind::kTmpfs: return place_tmpfs(item, parent.get(), name);
      case Item::Kind::kProc: return place_proc(item, parent.get(), name);
      case Item::Kind::kBind:
      case Item::Kind::kDevice: break;
    }
    return place_tree(trees_[index].get(), item, parent.get(), name);
  }

  bool write_file(int parent, const std::string& name, const std::string& content) {
    UniqueFd file(::openat(parent, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
    return file &&
           ::write(file.get(), content.data(), content.size()) == static_cast<ssize_t>(content.size());
  }

  // The place of a mount: what is there already, or an empty directory or file.
  UniqueFd target(const Item& item, int parent, const std::string& name, bool directory) {
    UniqueFd found = step(parent, item.target, O_PATH);
    if (found || errno != ENOENT) return found;
    if (directory) {
      if (::mkdirat(parent, name.c_str(), 0755) != 0) return {};
    } else if (!write_file(parent, name, "")) {
      return {};
    }
    return step(parent, item.target, O_PATH);
  }

  bool place_tree(int tree, const Item& item, int parent, const std::string& name) {
    struct stat about {};
    if (::fstat(tree, &about) != 0) return false;
    UniqueFd where = target(item, parent, name, S_ISDIR(about.st_mode));
    return where && attach(tree, where.get()) == 0;
  }

  bool place_tmpfs(const Item& item, int parent, const std::string& name) {
    std::string size = std::to_string(item.size);
    const MountOption options[] = {
        {"size", size.c_str()}, {"nr_inodes", "65536"}, {"mode", "1777"}, {nullptr, nullptr}};
    std::uint64_t attributes = kNoSetuid | kNoDevices | (item.executable ? 0 : kNoExec);
    UniqueFd tree(new_mount("tmpfs", options, attributes));
    return tree && place_tree(tree.get(), item, parent, name);
  }

  bool place_proc(const Item& item, int parent, const std::string& name) {
    constexpr MountOption kOptions[] = {{"subset", "pid"}, {"hidepid", "invisible"}, {nullptr, nullptr}};
    UniqueFd tree(new_mount("proc", kOptions, kReadOnly | kNoSetuid | kNoDevices | kNoExec));
    return tree && place_tree(tree.get(), item, parent, name);
  }

  bool pivot() {
    // The old root comes to lie over the new one, and is taken away from there (pivot_root(2), NOTES).
    if (::fchdir(root_.get()) != 0 || ::syscall(SYS_pivot_root, ".", ".") != 0) return false;
    if (::umount2(".", MNT_DETACH) != 0 || ::chdir("/") != 0) return false;
    return make_root_read_only() == 0;
  }

  const std::vector<Item>& view_;
  const IdmapTable& identities_;
  std::vector<UniqueFd> trees_;
  UniqueFd root_;
};

}  // namespace

Failure enter_view(const std::vector<Item>& view, const IdmapTable& identities) {
  Builder builder(view, identities);
  Failure failure = builder.run();
  return failure;
}

}  // namespace mcp::sandbox
