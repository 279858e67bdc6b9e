#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mcp::sandbox {

// Paths as text, and what the machine has there. All of them absolute unless it says otherwise.

// Every link followed; empty: nothing is there.
std::string real_path(const std::string& path);

// Where a path leads, and by whose word.
struct Way {
  std::string real;                // as real_path() has it; empty: nothing is there
  std::vector<std::string> links;  // the folders, real ones, that hold the links it leads through
};
Way follow(const std::string& path);

bool exists(const std::string& path);
bool is_directory(const std::string& path);

// "/a/b" of "/a/b/c"; "/" at the top and for a bare name.
std::string folder_of(const std::string& path);
std::string base_name(std::string_view path);
std::string without_slash(std::string path);
// "." and ".." and double slashes taken out, links not looked at.
std::string tidy(const std::string& path);

// The folder itself is below it too.
bool is_below(std::string_view path, std::string_view folder);
// Shown to every program: the system's programs and libraries.
bool is_common(std::string_view path);
// Somebody's home directory, or a folder above some. `home`: of the gateway's user, may be empty.
bool is_whole_home(const std::string& path, const std::string& home);
// More than anybody means: the root, a folder of the system, a whole home directory.
bool is_too_much(const std::string& path, const std::string& home);
// The machine's /proc, /sys and /dev, and all below them.
bool is_of_the_kernel(std::string_view path);

// Readable by everybody on every machine, and without secrets.
inline constexpr const char* kSystemFolders[] = {"/usr",   "/bin",   "/sbin",   "/lib",
                                                 "/lib32", "/lib64", "/libx32", "/nix/store"};

}  // namespace mcp::sandbox
