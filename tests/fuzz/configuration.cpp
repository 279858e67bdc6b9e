// config: any file, as TOML and as JSON, ends in a document or in errors that name the file; a server that is
// read from it is one that the checks let pass.
#include "internal/base/fake_env.h"
#include "internal/config/load.h"
#include "internal/config/server_entry.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace mcp::config;

const Schema& schema() {
  static const Schema made = [] {
    Schema fresh;
    Section serve;
    serve.name = "serve";
    serve.keys = {{.name = "listen"},
                  {.name = "origins", .type = Type::kStringList},
                  {.name = "batch", .type = Type::kBoolean},
                  {.name = "max_sessions", .type = Type::kInteger, .min = 1, .max = 1000},
                  {.name = "max_body", .type = Type::kSize},
                  {.name = "idle", .type = Type::kDuration},
                  {.name = "tokens", .type = Type::kSecretMap}};
    fresh.sections = {serve, servers_section({"echo"})};
    return fresh;
  }();
  return made;
}

void read(const std::string& path, std::string_view text) {
  Report report;
  Document document = parse_file(schema(), path, text, report);
  for (const mcp::Error& error : report.errors()) {
    FUZZ_EXPECT(error.code == mcp::ErrorCode::kConfig);
    FUZZ_EXPECT(!error.message.empty() && error.message.find('\0') == std::string::npos);
  }
  document.fill_defaults(schema());
  mcp::FakeEnv env;
  for (const Table* table : document.all("servers")) {
    FUZZ_EXPECT(is_valid_name(table->name));
    auto entry = read_server(env, *table, report);
    if (!entry) continue;
    std::string line = describe(*entry);
    FUZZ_EXPECT(line.find_first_of(std::string_view("\n\r\0\x1b", 4)) == std::string::npos);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = mcp::fuzz::text_of(data, size);
  read("/proj/mcp.toml", text);
  read("/proj/mcp.json", text);
  read("/proj/settings", text);
  return 0;
}
