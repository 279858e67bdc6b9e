#include "internal/telemetry/metrics.h"

#include <map>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace mcp::telemetry {
namespace {

template <class T>
using Families = std::map<std::string, prometheus::Family<T>*>;

prometheus::Labels as_map(const Labels& labels) { return {labels.begin(), labels.end()}; }

template <class T, class Build>
prometheus::Family<T>& family(Families<T>& known, prometheus::Registry& registry, Build build,
                              const std::string& name, const std::string& help) {
  auto& found = known[name];
  if (found == nullptr) found = &build().Name(name).Help(help).Register(registry);
  return *found;
}

}  // namespace

void Counter::add(double amount) const {
  if (series_ != nullptr) series_->Increment(amount);
}
double Counter::value() const { return series_ == nullptr ? 0 : series_->Value(); }

void Gauge::set(double value) const {
  if (series_ != nullptr) series_->Set(value);
}
void Gauge::add(double amount) const {
  if (series_ != nullptr) series_->Increment(amount);
}
double Gauge::value() const { return series_ == nullptr ? 0 : series_->Value(); }

void Histogram::observe(double value) const {
  if (series_ != nullptr) series_->Observe(value);
}

std::vector<std::uint64_t> Histogram::counts() const {
  std::vector<std::uint64_t> counts;
  if (series_ == nullptr) return counts;
  std::uint64_t below = 0;
  for (const auto& bucket : series_->Collect().histogram.bucket) {
    counts.push_back(bucket.cumulative_count - below);
    below = bucket.cumulative_count;
  }
  return counts;
}

const std::vector<double>& duration_bounds() {
  static const std::vector<double> bounds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                          0.1,    0.25,    0.5,    1,     2.5,    5,     10,   30,    60};
  return bounds;
}

struct Registry::Impl {
  prometheus::Registry registry;
  Families<prometheus::Counter> counters;
  Families<prometheus::Gauge> gauges;
  Families<prometheus::Histogram> histograms;
  std::vector<std::function<void()>> before_text;
};

Registry::Registry() : impl_(std::make_unique<Impl>()) {}
Registry::~Registry() = default;

Counter Registry::counter(const std::string& name, const std::string& help, const Labels& labels) {
  auto& all = family(impl_->counters, impl_->registry, prometheus::BuildCounter, name, help);
  return Counter(all.Add(as_map(labels)));
}

Gauge Registry::gauge(const std::string& name, const std::string& help, const Labels& labels) {
  auto& all = family(impl_->gauges, impl_->registry, prometheus::BuildGauge, name, help);
  return Gauge(all.Add(as_map(labels)));
}

Histogram Registry::histogram(const std::string& name, const std::string& help, const Labels& labels,
                              const std::vector<double>& bounds) {
  auto& all = family(impl_->histograms, impl_->registry, prometheus::BuildHistogram, name, help);
  return Histogram(all.Add(as_map(labels), bounds));
}

void Registry::before_text(std::function<void()> fn) { impl_->before_text.push_back(std::move(fn)); }

std::string Registry::text() const {
  for (const auto& refresh : impl_->before_text) refresh();
  return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace mcp::telemetry
