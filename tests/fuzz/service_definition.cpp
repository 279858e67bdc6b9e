// service: any text as a definition ends in errors or in a spec that is valid, that is written and read back
// as itself, and whose `active` can be turned without touching anything else; any text as an image or a
// mapping ends in an error or in parts that mean the text.
#include "internal/service/definition.h"
#include "internal/service/diff.h"
#include "internal/service/image.h"
#include "internal/service/mapping.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace mcp::service;

std::optional<ServiceSpec> read(std::string_view text) {
  mcp::config::Report report;
  auto spec = parse_definition("/d/x.toml", text, report);
  FUZZ_EXPECT(spec.has_value() == report.ok());
  for (const auto& error : report.errors()) {
    FUZZ_EXPECT(error.code == mcp::ErrorCode::kConfig);
    FUZZ_EXPECT(error.message.find('\n') == std::string::npos);
  }
  return spec;
}

void definition(std::string_view text) {
  auto spec = read(text);
  if (!spec) return;
  FUZZ_EXPECT(validate(*spec).has_value());
  FUZZ_EXPECT(read(render_definition(*spec)) == spec);
  FUZZ_EXPECT(diff(*spec, *spec).empty());
  for (bool active : {false, true}) {
    auto turned = with_active("/d/x.toml", text, active);
    if (!turned) continue;
    auto again = read(*turned);
    FUZZ_EXPECT(again.has_value() && again->active == active);
    if (active == spec->active) FUZZ_EXPECT(*turned == text);
    again->active = spec->active;
    FUZZ_EXPECT(again == spec);
  }
}

void texts(std::string_view text) {
  if (auto image = parse_image(text)) FUZZ_EXPECT(image->to_string() == text);
  if (auto port = parse_port(text)) FUZZ_EXPECT(parse_port(port->to_string()) == port);
  if (auto volume = parse_volume(text)) FUZZ_EXPECT(parse_volume(volume->to_string()) == volume);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = mcp::fuzz::text_of(data, size);
  definition(text);
  texts(text);
  return 0;
}
