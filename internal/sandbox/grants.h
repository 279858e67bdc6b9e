#pragma once

#include <string>
#include <vector>

#include "internal/sandbox/written.h"

namespace mcp::sandbox {

// A path of the machine that a program is shown, and on whose word.
struct Grant {
  std::string path;
  bool write = false;
  std::string why;          // "read", "write", "its package", "its program", "working directory", "argument"
  std::string source = {};  // what it leads to: judged once, and mounted as it was judged

  friend bool operator==(const Grant&, const Grant&) = default;
};

// A path that would be shown but for where it leads, or for what it is.
struct Refusal {
  std::string path;
  std::string why;

  friend bool operator==(const Refusal&, const Refusal&) = default;
};

// Collects paths that nobody named, and refuses those that lead to what nobody means to show: /proc, a home
// as a whole, and, by way of what a server may write, anything outside of that.
class Grants {
 public:
  // home: of the gateway's user. named: real paths that the policy shows anyway.
  Grants(const std::string& home, Written written, std::vector<std::string> named);

  void add(const std::string& path, const char* why);
  // The folder is too much to show, by its name or by where it leads.
  bool too_much(const std::string& folder) const;
  bool too_much_by_name(const std::string& folder) const;

  // Until the Bounds go, whatever is added was found by way of a file or link that a server may have made,
  // and has to lie in the folders it may write.
  class Bounds {
   public:
    explicit Bounds(Grants& grants) : grants_(grants), before_(grants.bounds_) {}
    ~Bounds() { grants_.bounds_ = std::move(before_); }
    Bounds(const Bounds&) = delete;
    Bounds& operator=(const Bounds&) = delete;

    // The content of `path`, or the link that it is, decides what comes next.
    void by_way_of(const std::string& path);
    // Every link that `path` leads through decides.
    void by_links_to(const std::string& path);
    // The user named what comes next.
    void lift() { grants_.bounds_.clear(); }

   private:
    Grants& grants_;
    std::vector<std::string> before_;
  };
  const std::vector<std::string>& bounds() const { return bounds_; }
  const Written& written() const { return written_; }

  // Without the paths that came before the folder above them.
  std::vector<Grant> topmost() const;
  const std::vector<Refusal>& refused() const { return refused_; }

 private:
  // Why the path is not shown; empty: it is.
  std::string objection(const Way& way, const std::string& why) const;

  std::string home_, real_home_;
  Written written_;
  std::vector<std::string> named_;
  std::vector<std::string> bounds_;
  std::vector<Grant> grants_;
  std::vector<Refusal> refused_;
};

}  // namespace mcp::sandbox
