#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "internal/base/error.h"
#include "internal/json/value.h"

namespace mcp::cmd {

// One field of an elicitation form (2025-11-25 elicitation, "Requested Schema"), as a line to type: text,
// numbers, yes or no, one or several of a list of choices, with or without titles. Pure.
class FormField {
 public:
  // `property` may be of any shape: servers write it.
  FormField(std::string name, json::Value property);

  // What is asked: title, description, choices, default. What servers wrote stands in it as it is.
  std::string prompt() const;
  // The default, if there is one.
  std::optional<json::Value> default_value() const;
  // The line as a value of the field. A choice may be typed by its value or by its title, several are
  // separated by commas. Errors: kInvalid (what is wrong with it).
  Result<json::Value> read(const std::string& line) const;

 private:
  struct Choice {
    std::string value;
    std::string title;  // empty: none
  };

  void add_choices(const json::Value& schema);
  const Choice* choice(std::string_view typed) const;
  std::string label(const json::Value& value) const;
  Result<json::Value> read_several(const std::string& line) const;
  Result<json::Value> read_number(const std::string& line) const;

  std::string name_;
  std::shared_ptr<const json::Value> property_;
  std::string type_;
  std::vector<Choice> choices_;  // empty: any value
};

}  // namespace mcp::cmd
