#include "internal/gateway/mentioned_links.h"

#include "internal/json/members.h"

namespace mcp::gateway {
namespace {

void add(std::vector<std::string>& uris, std::string_view raw) {
  auto uri = json::decode_string(raw);
  if (uri && !uri->empty()) uris.push_back(std::move(*uri));
}

void read_block(std::vector<std::string>& uris, std::string_view block) {
  std::string_view type = json::member_of(block, "type");
  if (type == "\"resource_link\"") add(uris, json::member_of(block, "uri"));
  if (type == "\"resource\"") add(uris, json::member_of(json::member_of(block, "resource"), "uri"));
}

}  // namespace

void MentionedLinks::remember(const std::string& uri, const std::string& server) {
  auto found = by_uri_.find(uri);
  if (found != by_uri_.end()) {
    found->second->second = server;
    order_.splice(order_.begin(), order_, found->second);
    return;
  }
  if (limit_ == 0) return;
  if (order_.size() >= limit_) {
    by_uri_.erase(order_.back().first);
    order_.pop_back();
  }
  order_.emplace_front(uri, server);
  by_uri_[uri] = order_.begin();
}

std::string MentionedLinks::server_of(const std::string& uri) {
  auto found = by_uri_.find(uri);
  if (found == by_uri_.end()) return {};
  order_.splice(order_.begin(), order_, found->second);
  return found->second->second;
}

void MentionedLinks::forget_servers(const std::function<bool(const std::string&)>& gone) {
  for (auto entry = order_.begin(); entry != order_.end();) {
    bool stays = !gone(entry->second);
    if (!stays) by_uri_.erase(entry->first);
    entry = stays ? std::next(entry) : order_.erase(entry);
  }
}

std::vector<std::string> mentioned_uris(std::string_view result) {
  std::vector<std::string> uris;
  // A large result without any is not walked.
  bool mentions = result.find("\"resource") != std::string_view::npos;
  if (mentions) {
    for (std::string_view block : json::elements_of(json::member_of(result, "content")))
      read_block(uris, block);
    for (std::string_view message : json::elements_of(json::member_of(result, "messages")))
      read_block(uris, json::member_of(message, "content"));
  }
  for (std::string_view content : json::elements_of(json::member_of(result, "contents")))
    add(uris, json::member_of(content, "uri"));
  return uris;
}

}  // namespace mcp::gateway
