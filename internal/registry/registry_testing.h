#pragma once

#include <filesystem>
#include <string>

#include <gmock/gmock.h>

#include "internal/registry/components.h"
#include "internal/registry/registry.h"
#include "internal/registry/services.h"

namespace mcp::registry::testing {

// A registry in a folder of its own.
class RegistryTest : public ::testing::Test {
 protected:
  RegistryTest() : db_(make()) {}
  ~RegistryTest() override { std::filesystem::remove_all(directory_); }

  std::string path() const { return directory_ + "/mcp.db"; }
  store::Connection reopen() { return open(path(), 1).value(); }

  // With every field set.
  static service::ComponentSpec component(const std::string& name, const std::string& tag = "v1.2.0") {
    service::ComponentSpec spec;
    spec.name = name;
    spec.image = "registry.example.com:5000/team/" + name + ":" + tag;
    spec.network = "mcpnet";
    spec.user = "0:0";
    spec.restart = "unless-stopped";
    spec.ports = {"90:90", "80:80", "127.0.0.1:70:70"};
    spec.volumes = {"/srv/x:/data:ro", "cache:/cache"};
    spec.cmd = {"serve", "", "--name", "ü \"quoted\"", "serve"};
    spec.env = {{"LEVEL", "debug"}, {"EMPTY", ""}, {"TOKEN", "file:/run/token"}};
    spec.memory = 512 << 20;
    spec.cpu_percent = 150;
    spec.pids = 99;
    spec.stop_timeout_ms = 1'500;
    spec.health = service::Health{{"/bin/check", "-q"}, 10'000, 2'000, 5, 60'000};
    return spec;
  }
  // The smallest.
  static service::ComponentSpec bare(const std::string& name) {
    service::ComponentSpec spec;
    spec.name = name;
    spec.image = name;
    return spec;
  }
  void add(const std::string& service, const std::vector<std::string>& components) {
    ASSERT_TRUE(create_service(db_, service, "rift", true, 1));
    for (const auto& name : components)
      ASSERT_TRUE(create_component(db_, service, component(name), DesiredState::kRunning, 1));
  }
  std::int64_t number(std::string_view sql) {
    auto found = db_.first(sql, {}, [](const store::Row& row) { return row.integer(0); });
    return found && *found ? **found : -1;
  }

  std::string directory_;
  store::Connection db_;

 private:
  store::Connection make() {
    std::string pattern = ::testing::TempDir() + "/registry-test-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    return open(path(), 1).value();
  }
};

}  // namespace mcp::registry::testing
