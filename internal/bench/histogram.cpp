#include "internal/bench/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace mcp::bench {
namespace {

// Values below 2^11 have a bucket each; above, every power of two is split into 2^10.
constexpr int kHalfBits = 10;
constexpr std::int64_t kHalf = std::int64_t{1} << kHalfBits;
constexpr std::size_t kBuckets = static_cast<std::size_t>((42 - kHalfBits + 1) * kHalf);

}  // namespace

Histogram::Histogram() : counts_(kBuckets) {}

std::size_t Histogram::bucket_of(std::int64_t value) {
  int shift =
      std::max(0, static_cast<int>(std::bit_width(static_cast<std::uint64_t>(value))) - (kHalfBits + 1));
  return static_cast<std::size_t>(shift * kHalf + (value >> shift));
}

std::int64_t Histogram::highest_in(std::size_t bucket) {
  auto place = static_cast<std::int64_t>(bucket);
  if (place < 2 * kHalf) return place;
  std::int64_t shift = place / kHalf - 1;
  std::int64_t low = (kHalf + place % kHalf) << shift;
  return low + (std::int64_t{1} << shift) - 1;
}

void Histogram::add(std::int64_t value) {
  value = std::clamp(value, std::int64_t{0}, kMost);
  ++counts_[bucket_of(value)];
  ++count_;
  max_ = std::max(max_, value);
  sum_ += static_cast<double>(value);
}

void Histogram::add(const Histogram& other) {
  for (std::size_t i = 0; i < kBuckets; ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
  sum_ += other.sum_;
}

double Histogram::mean() const { return count_ > 0 ? sum_ / static_cast<double>(count_) : 0; }

std::int64_t Histogram::percentile(double percent) const {
  auto wanted = static_cast<std::int64_t>(std::ceil(static_cast<double>(count_) * percent / 100));
  wanted = std::clamp(wanted, std::int64_t{1}, std::max(count_, std::int64_t{1}));
  std::int64_t seen = 0;
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    seen += counts_[bucket];
    if (seen >= wanted) return std::min(highest_in(bucket), max_);
  }
  return 0;
}

}  // namespace mcp::bench
