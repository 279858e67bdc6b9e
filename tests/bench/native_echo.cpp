// A stdio server that costs next to nothing: what a gateway in front of it takes is the gateway's own.
// Speaks revision 2025-11-25. Tools: echo answers with its argument `message` as it came, large with `bytes`
// letters, work after `microseconds` in which nothing else is done.
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>

namespace {

constexpr std::string_view kTools =
    R"({"tools":[{"name":"echo","description":"Gives the message back.","inputSchema":{"type":"object",)"
    R"("properties":{"message":{"type":"string"}},"required":["message"]}},)"
    R"({"name":"large","description":"Gives so many letters.","inputSchema":{"type":"object",)"
    R"("properties":{"bytes":{"type":"integer"}},"required":["bytes"]}},)"
    R"({"name":"work","description":"Takes so long, and does one thing at a time.","inputSchema":{"type":"object",)"
    R"("properties":{"microseconds":{"type":"integer"}},"required":["microseconds"]}}]})";
constexpr std::string_view kHello = R"({"protocolVersion":"2025-11-25","capabilities":{"tools":{}},)"
                                    R"("serverInfo":{"name":"native-echo","version":"1"}})";

// The raw value behind `"key":`, as far as this server's clients write it: no space, no nested quote tricks.
std::string_view raw_value(std::string_view line, std::string_view key) {
  auto at = line.find(key);
  if (at == std::string_view::npos) return {};
  std::string_view rest = line.substr(at + key.size());
  if (rest.empty()) return {};
  if (rest[0] != '"') return rest.substr(0, rest.find_first_of(",}"));
  for (std::size_t end = 1; end < rest.size(); ++end) {
    if (rest[end] == '\\') {
      ++end;
    } else if (rest[end] == '"') {
      return rest.substr(0, end + 1);
    }
  }
  return {};
}

std::string text_result(std::string_view quoted) {
  return std::string(R"({"content":[{"type":"text","text":)").append(quoted).append("}]}");
}

std::string letters(std::string_view count) {
  std::string text(std::strtoull(std::string(count).c_str(), nullptr, 10) + 2, 'x');
  text.front() = text.back() = '"';
  return text;
}

void reply(std::string& out, std::string_view id, std::string_view member, std::string_view value) {
  out.append("{\"jsonrpc\":\"2.0\",\"id\":").append(id).append(",\"").append(member).append("\":");
  out.append(value).append("}\n");
}

void work(std::string_view microseconds) {
  std::this_thread::sleep_for(std::chrono::microseconds(std::atoll(std::string(microseconds).c_str())));
}

void answer(std::string& out, std::string_view line) {
  std::string_view id = raw_value(line, "\"id\":");
  std::string_view method = raw_value(line, "\"method\":");
  if (id.empty()) return;
  if (method == "\"tools/call\"") {
    std::string_view message = raw_value(line, "\"message\":");
    if (raw_value(line, "\"name\":") == "\"large\"") {
      return reply(out, id, "result", text_result(letters(raw_value(line, "\"bytes\":"))));
    }
    if (raw_value(line, "\"name\":") == "\"work\"") work(raw_value(line, "\"microseconds\":"));
    return reply(out, id, "result", text_result(message.empty() ? "\"\"" : message));
  }
  if (method == "\"initialize\"") return reply(out, id, "result", kHello);
  if (method == "\"tools/list\"") return reply(out, id, "result", kTools);
  if (method == "\"ping\"") return reply(out, id, "result", "{}");
  reply(out, id, "error", R"({"code":-32601,"message":"method not found"})");
}

bool write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t count = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

int main() {
  std::string in;
  std::string out;
  char buffer[1 << 16];
  for (;;) {
    ssize_t count = ::read(STDIN_FILENO, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return 0;
    in.append(buffer, static_cast<std::size_t>(count));
    std::size_t begin = 0;
    for (std::size_t end; (end = in.find('\n', begin)) != std::string::npos; begin = end + 1) {
      std::string_view line = std::string_view(in).substr(begin, end - begin);
      answer(out, line);
      // Whoever waits for work does not wait for that of others too.
      bool soon =
          line.find("\"work\"") == std::string_view::npos && in.find('\n', end + 1) != std::string::npos;
      if (soon) continue;
      if (!write_all(out)) return 0;
      out.clear();
    }
    in.erase(0, begin);
  }
}
