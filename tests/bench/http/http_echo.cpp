// The HTTP core alone, for measuring: POST is answered with its body, GET with what was counted since the
// last GET (allocations, requests). usage: http_echo ADDRESS; the bound port is the first line of stdout.
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>

#include "internal/async/loop.h"
#include "internal/http/server.h"

namespace {

std::size_t allocations = 0;
std::size_t allocated_bytes = 0;

void* counted(std::size_t size) {
  ++allocations;
  allocated_bytes += size;
  if (void* memory = std::malloc(size)) return memory;
  std::abort();
}

}  // namespace

void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

using namespace mcp;

class Echo final : public http::Handler {
 public:
  std::optional<http::Response> door(const http::RequestHead&) override { return std::nullopt; }
  void handle(http::ExchangePtr exchange) override {
    if (exchange->request().head.method == "GET") return exchange->respond(counts());
    ++requests_;
    http::Response response;
    response.headers.add("Content-Type", "application/json");
    response.body = exchange->request().body;
    exchange->respond(std::move(response));
  }
  http::Response refuse(const http::Refusal& why, const http::RequestHead*) override {
    return {why.status, {}, Bytes::copy(why.what)};
  }

 private:
  http::Response counts() {
    std::string text = "requests " + std::to_string(requests_) + " allocations " +
                       std::to_string(allocations) + " bytes " + std::to_string(allocated_bytes) + "\n";
    requests_ = allocations = allocated_bytes = 0;
    return {200, {}, Bytes::copy(text)};
  }

  std::size_t requests_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  async::Loop loop;
  Echo echo;
  http::Server server(loop, echo);
  auto port = server.listen(argc > 1 ? argv[1] : "127.0.0.1:0");
  if (!port) {
    std::fprintf(stderr, "%s\n", port.error().message.c_str());
    return 1;
  }
  std::printf("%u\n", static_cast<unsigned>(*port));
  std::fflush(stdout);
  loop.run();
}
