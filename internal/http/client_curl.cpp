// The only file that sees libcurl.
#include <curl/curl.h>

#include <memory>
#include <mutex>

#include "internal/http/fetch.h"

namespace mcp::http {
namespace {

struct EasyCleanup {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct ListCleanup {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
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
    std::string line = value.empty() ? name + ";" : name + ": " + value;
    list.reset(curl_slist_append(list.release(), line.c_str()));
  }
  return list;
}

void set_target(CURL* easy, const FetchRequest& request) {
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  if (!request.body.empty()) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  }
  // Even when it is empty: else libcurl looks into the environment by itself.
  curl_easy_setopt(easy, CURLOPT_PROXY, request.proxy.c_str());
  if (!request.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, request.ca_file.c_str());
}

void set_limits(CURL* easy, const FetchRequest& request) {
  constexpr long kConnectMs = 5'000;
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, kConnectMs);
}

}  // namespace

Result<FetchReply> fetch(const FetchRequest& request) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  Easy easy(curl_easy_init());
  if (!easy) return fail(ErrorCode::kInternal, "libcurl gave no handle");
  List headers = header_list(request.headers);
  Body body{{}, request.max_body};
  char why[CURL_ERROR_SIZE] = {};
  set_target(easy.get(), request);
  set_limits(easy.get(), request);
  curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &body);
  curl_easy_setopt(easy.get(), CURLOPT_ERRORBUFFER, why);
  CURLcode done = curl_easy_perform(easy.get());
  if (body.over) {
    return fail(ErrorCode::kLimit, "the answer is longer than " + std::to_string(body.limit) + " bytes");
  }
  if (done != CURLE_OK) return fail(code_of(done), *why != '\0' ? why : curl_easy_strerror(done));
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  return FetchReply{static_cast<int>(status), std::move(body.text)};
}

void fetch(async::Loop& loop, FetchRequest request, std::function<void(Result<FetchReply>)> done) {
  auto outcome = std::make_shared<Result<FetchReply>>();
  loop.offload([request = std::move(request), outcome] { *outcome = fetch(request); },
               [outcome, done = std::move(done)] { done(std::move(*outcome)); });
}

}  // namespace mcp::http
