#include "internal/tasks/record.h"

#include <gtest/gtest.h>

namespace mcp::tasks {
namespace {

Record record(Status status) {
  Record out;
  out.id = "t1";
  out.status = status;
  out.created_ms = 0;
  out.updated_ms = 1'795'181'400'250;
  out.ttl_ms = 60'000;
  out.poll_interval_ms = 500;
  return out;
}

constexpr char kTimes[] =
    R"("createdAt":"1970-01-01T00:00:00.000Z","lastUpdatedAt":"2026-11-20T13:30:00.250Z")";

TEST(TaskRecord, IsWrittenForTheCoreOf2025) {
  Record task = record(Status::kWorking);
  task.message = "half way";
  EXPECT_EQ(core_task(task), R"({"taskId":"t1","status":"working","statusMessage":"half way",)" +
                                 std::string(kTimes) + R"(,"ttl":60000,"pollInterval":500})");
}

TEST(TaskRecord, IsWrittenFlatForTheExtension) {
  EXPECT_EQ(create_result(record(Status::kWorking)),
            R"({"resultType":"task","taskId":"t1","status":"working",)" + std::string(kTimes) +
                R"(,"ttlMs":60000,"pollIntervalMs":500})");
}

TEST(TaskRecord, ShowsInItsDetailsWhatItsStatusDemands) {
  auto tail = [](const Record& task) {
    std::string text = detailed_task(task);
    return text.substr(text.find(R"("pollIntervalMs":500)") + 20);
  };
  EXPECT_EQ(tail(record(Status::kWorking)), "}");
  EXPECT_EQ(tail(record(Status::kCancelled)), "}");
  Record asking = record(Status::kInputRequired);
  asking.questions = {{"a\"", R"({"method":"roots/list"})"}, {"b", "{}"}};
  EXPECT_EQ(tail(asking), R"(,"inputRequests":{"a\"":{"method":"roots/list"},"b":{}}})");
  Record done = record(Status::kCompleted);
  done.result = Bytes::copy(R"({"content":[]})");
  EXPECT_EQ(tail(done), R"(,"result":{"content":[]}})");
  Record failed = record(Status::kFailed);
  failed.error = R"({"code":-32603,"message":"x"})";
  EXPECT_EQ(tail(failed), R"(,"error":{"code":-32603,"message":"x"}})");
}

}  // namespace
}  // namespace mcp::tasks
