#include "cmd/mcp/call_print.h"

#include <algorithm>
#include <iomanip>

#include "cmd/mcp/json_look.h"
#include "internal/base/printable.h"
#include "internal/json/members.h"
#include "internal/json/pretty.h"

namespace mcp::cmd {
namespace {

using json::Value;

// Shortened: a table's row is one line.
std::string shortened(const std::string& line, std::size_t width) {
  if (line.size() <= width) return line;
  std::size_t end = width - 3;
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xc0) == 0x80) --end;
  return line.substr(0, end) + "...";
}

std::string size_of(const std::string& base64) { return std::to_string(base64.size() / 4 * 3) + " bytes"; }

void print_resource(std::ostream& out, const Value& contents) {
  if (part_of(contents, "text").is_string()) {
    out << text_of(contents, "text") << "\n";
  } else {
    out << "[" << text_of(contents, "uri") << " " << text_of(contents, "mimeType") << ", "
        << size_of(text_of(contents, "blob")) << "]\n";
  }
}

void print_block(std::ostream& out, const Value& block) {
  std::string type = text_of(block, "type");
  if (type == "text") {
    out << text_of(block, "text") << "\n";
  } else if (type == "image" || type == "audio") {
    out << "[" << type << " " << text_of(block, "mimeType") << ", " << size_of(text_of(block, "data"))
        << "]\n";
  } else if (type == "resource_link") {
    out << "[link " << text_of(block, "uri") << " " << text_of(block, "name") << "]\n";
  } else if (type == "resource") {
    print_resource(out, part_of(block, "resource"));
  } else {
    out << json::dump(block) << "\n";
  }
}

}  // namespace

void print_list(std::ostream& out, const std::string& method, const std::vector<Value>& items,
                bool on_terminal) {
  const char* key = method == "resources/list"             ? "uri"
                    : method == "resources/templates/list" ? "uriTemplate"
                                                           : "name";
  auto cell = [on_terminal](const std::string& text) { return on_terminal ? printable(text) : text; };
  std::size_t width = 0;
  for (const Value& item : items) width = std::max(width, cell(text_of(item, key)).size());
  width = std::min<std::size_t>(width, 44);
  for (const Value& item : items) {
    std::string about =
        text_of(item, "description").empty() ? text_of(item, "title") : text_of(item, "description");
    std::string line = cell(about.substr(0, about.find('\n')));
    out << std::left << std::setw(static_cast<int>(width)) << cell(text_of(item, key)) << "  "
        << shortened(line, width < 60 ? 78 - width : 20) << "\n";
  }
}

void print_result(std::ostream& out, CallVerb::Kind kind, std::string_view raw) {
  using Kind = CallVerb::Kind;
  // A valid text that holds a number beyond any double is no Value: it is shown as it is.
  Value result = json::parse(raw).value_or(Value());
  std::string_view structured = json::member_of(raw, "structuredContent");
  if (kind == Kind::kTool && !list_of(result, "content").empty()) {
    for (const Value& block : list_of(result, "content")) print_block(out, block);
  } else if (kind == Kind::kTool && result.is_object()) {
    if (!structured.empty()) out << json::pretty(structured) << "\n";
  } else if (kind == Kind::kResource && result.is_object()) {
    for (const Value& contents : list_of(result, "contents")) print_resource(out, contents);
  } else if (kind == Kind::kPrompt && result.is_object()) {
    for (const Value& message : list_of(result, "messages")) {
      out << text_of(message, "role") << ": ";
      print_block(out, part_of(message, "content"));
    }
  } else {
    out << json::pretty(raw) << "\n";
  }
}

}  // namespace mcp::cmd
