#pragma once

#include <cstdint>
#include <vector>

namespace mcp::bench {

// Counts of values by size, in the manner of HdrHistogram: linear within a power of two, so that any value is
// known to three digits (1 in 1024) whatever its size. Values are nanoseconds by convention, 0 to kMost;
// larger ones count as kMost. Adding costs a few instructions and no allocation.
class Histogram {
 public:
  static constexpr std::int64_t kMost = (std::int64_t{1} << 42) - 1;  // 73 minutes

  Histogram();

  void add(std::int64_t value);
  void add(const Histogram& other);

  std::int64_t count() const { return count_; }
  std::int64_t max() const { return max_; }
  double mean() const;
  // The value below or at which `percent` (0 to 100) of the values lie; the largest that its bucket can hold,
  // but never more than max(). 0 when there are none.
  std::int64_t percentile(double percent) const;

 private:
  static std::size_t bucket_of(std::int64_t value);
  static std::int64_t highest_in(std::size_t bucket);

  std::vector<std::int64_t> counts_;
  std::int64_t count_ = 0;
  std::int64_t max_ = 0;
  double sum_ = 0;
};

}  // namespace mcp::bench
