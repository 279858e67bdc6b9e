#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace mcp::telemetry {

// Name and value of each label. Values must come from a bounded set: one series is kept for each.
using Labels = std::vector<std::pair<std::string, std::string>>;

// Handles to one series each. Cheap to copy and to use: a counter costs one atomic addition. They are valid
// as long as the registry that made them; a default one counts nothing.
class Counter {
 public:
  Counter() = default;
  void add(double amount = 1) const;
  double value() const;
  explicit operator bool() const { return series_ != nullptr; }

 private:
  friend class Registry;
  explicit Counter(prometheus::Counter& series) : series_(&series) {}
  prometheus::Counter* series_ = nullptr;
};

class Gauge {
 public:
  Gauge() = default;
  void set(double value) const;
  void add(double amount) const;
  double value() const;

 private:
  friend class Registry;
  explicit Gauge(prometheus::Gauge& series) : series_(&series) {}
  prometheus::Gauge* series_ = nullptr;
};

class Histogram {
 public:
  Histogram() = default;
  void observe(double value) const;
  // How many fell into each bucket, and, last, above all bounds. Empty for a default handle.
  std::vector<std::uint64_t> counts() const;

 private:
  friend class Registry;
  explicit Histogram(prometheus::Histogram& series) : series_(&series) {}
  prometheus::Histogram* series_ = nullptr;
};

// Bounds in seconds for the time that a call takes: 100 µs to 60 s, about three a decade.
const std::vector<double>& duration_bounds();

// Every metric of the process, and their text form (Prometheus text format 0.0.4).
class Registry {
 public:
  Registry();
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  // The same name and labels give the same series. One name has one help text and one kind.
  Counter counter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge gauge(const std::string& name, const std::string& help, const Labels& labels = {});
  Histogram histogram(const std::string& name, const std::string& help, const Labels& labels,
                      const std::vector<double>& bounds);

  // Called before each text(): for gauges that are read off rather than kept.
  void before_text(std::function<void()> fn);
  std::string text() const;
  static constexpr const char* kContentType = "text/plain; version=0.0.4; charset=utf-8";

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mcp::telemetry
