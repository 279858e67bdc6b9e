// The only file that sees libcurl. It is loaded when something is fetched for the first time: with the thirty
// libraries that it brings it would cost every start of mcp 7 ms and 5 MB.
#include <curl/curl.h>
#include <dlfcn.h>

#include <memory>

#include "internal/http/fetch.h"

// Macros that check the types of arguments; here they would hide the functions of the loaded library.
#undef curl_easy_setopt
#undef curl_easy_getinfo

namespace mcp::http {
namespace {

constexpr const char* kLibrary = "libcurl.so.4";

// The functions that we use.
struct Curl {
  decltype(&::curl_global_init) global_init = nullptr;
  decltype(&::curl_easy_init) easy_init = nullptr;
  decltype(&::curl_easy_cleanup) easy_cleanup = nullptr;
  decltype(&::curl_easy_setopt) easy_setopt = nullptr;
  decltype(&::curl_easy_getinfo) easy_getinfo = nullptr;
  decltype(&::curl_easy_perform) easy_perform = nullptr;
  decltype(&::curl_easy_strerror) easy_strerror = nullptr;
  decltype(&::curl_slist_append) slist_append = nullptr;
  decltype(&::curl_slist_free_all) slist_free_all = nullptr;
  bool loaded = false;
};

template <class Function>
bool find(void* library, const char* name, Function& into) {
  into = reinterpret_cast<Function>(::dlsym(library, name));
  return into != nullptr;
}

Curl load() {
  Curl curl;
  void* library = ::dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
  curl.loaded = library != nullptr && find(library, "curl_global_init", curl.global_init) &&
                find(library, "curl_easy_init", curl.easy_init) &&
                find(library, "curl_easy_cleanup", curl.easy_cleanup) &&
                find(library, "curl_easy_setopt", curl.easy_setopt) &&
                find(library, "curl_easy_getinfo", curl.easy_getinfo) &&
                find(library, "curl_easy_perform", curl.easy_perform) &&
                find(library, "curl_easy_strerror", curl.easy_strerror) &&
                find(library, "curl_slist_append", curl.slist_append) &&
                find(library, "curl_slist_free_all", curl.slist_free_all);
  if (curl.loaded) curl.global_init(CURL_GLOBAL_DEFAULT);
  return curl;
}

// Thread-safe; loaded once, for ever.
const Curl& curl() {
  static const Curl functions = load();
  return functions;
}

struct EasyCleanup {
  void operator()(CURL* easy) const { curl().easy_cleanup(easy); }
};
struct ListCleanup {
  void operator()(curl_slist* list) const { curl().slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, EasyCleanup>;
using List = std::unique_ptr<curl_slist, ListCleanup>;

struct Body {
  std::string text;
  std::size_t limit = 0;
  bool over = false;
};

std::size_t take(char* data, std::size_t size, std::size_t count, void* user) {
  auto* body = static_cast<Body*>(user);
  if (body->text.size() + size * count > body->limit) {
    body->over = true;
    return 0;  // ends the transfer
  }
  body->text.append(data, size * count);
  return size * count;
}

ErrorCode code_of(CURLcode failed) {
  switch (failed) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL: return ErrorCode::kInvalid;
    case CURLE_OPERATION_TIMEDOUT: return ErrorCode::kTimeout;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE: return ErrorCode::kDenied;
    default: return ErrorCode::kUnavailable;
  }
}

List header_list(const Headers& headers) {
  List list;
  for (const auto& [name, value] : headers) {
    // A field without a value is written "Name;" (CURLOPT_HTTPHEADER).
    std::string line(name);
    line.append(value.empty() ? ";" : ": ").append(value);
    list.reset(curl().slist_append(list.release(), line.c_str()));
  }
  return list;
}

void set_target(CURL* easy, const FetchRequest& request) {
  curl().easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  curl().easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl().easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  if (!request.body.empty()) {
    curl().easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
    curl().easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  }
  // Even when it is empty: else libcurl looks into the environment by itself.
  curl().easy_setopt(easy, CURLOPT_PROXY, request.proxy.c_str());
  if (!request.ca_file.empty()) curl().easy_setopt(easy, CURLOPT_CAINFO, request.ca_file.c_str());
}

void set_limits(CURL* easy, const FetchRequest& request) {
  constexpr long kConnectMs = 5'000;
  curl().easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl().easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
  curl().easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, kConnectMs);
}

}  // namespace

Result<FetchReply> fetch(const FetchRequest& request) {
  if (!curl().loaded) {
    return fail(ErrorCode::kUnavailable, std::string(kLibrary) + " cannot be loaded",
                "install the package libcurl4");
  }
  Easy easy(curl().easy_init());
  if (!easy) return fail(ErrorCode::kInternal, "libcurl gave no handle");
  List headers = header_list(request.headers);
  Body body{{}, request.max_body};
  char why[CURL_ERROR_SIZE] = {};
  set_target(easy.get(), request);
  set_limits(easy.get(), request);
  curl().easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers.get());
  curl().easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, take);
  curl().easy_setopt(easy.get(), CURLOPT_WRITEDATA, &body);
  curl().easy_setopt(easy.get(), CURLOPT_ERRORBUFFER, why);
  CURLcode done = curl().easy_perform(easy.get());
  if (body.over) {
    return fail(ErrorCode::kLimit, "the answer is longer than " + std::to_string(body.limit) + " bytes");
  }
  if (done != CURLE_OK) return fail(code_of(done), *why != '\0' ? why : curl().easy_strerror(done));
  long status = 0;
  curl().easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  return FetchReply{static_cast<int>(status), std::move(body.text)};
}

void fetch(async::Loop& loop, FetchRequest request, std::function<void(Result<FetchReply>)> done) {
  auto outcome = std::make_shared<Result<FetchReply>>();
  loop.offload([request = std::move(request), outcome] { *outcome = fetch(request); },
               [outcome, done = std::move(done)] { done(std::move(*outcome)); });
}

}  // namespace mcp::http
