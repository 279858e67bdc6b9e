#include "cmd/mcp/config_print.h"

namespace mcp::cmd {
namespace {

void print_one(const Error& error, const char* kind, std::ostream& err) {
  err << "mcp: " << kind << ": " << error.message << "\n";
  if (!error.hint.empty()) err << "mcp: hint: " << error.hint << "\n";
}

}  // namespace

void print_report(const config::Report& report, std::ostream& err) {
  for (const auto& warning : report.warnings()) print_one(warning, "warning", err);
  for (const auto& error : report.errors()) print_one(error, "error", err);
}

}  // namespace mcp::cmd
