#include "config/group_json.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string_view>

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "base/crypto.h"
#include "base/text.h"
#include "config/checks.h"
#include "config/group_rules.h"
#include "config/problem.h"
#include "config/settings.h"
#include "config/values.h"

namespace understudy::config {
namespace {

namespace json = boost::json;

/// What is shown in a secret's place: whether there is one.
constexpr std::string_view kPasswordHash = "bypass.password_hash";
constexpr std::string_view kPassword = "password";

bool is_secret(const Setting<GroupConfig>& row) { return row.quote == Quote::kNever; }

std::string_view view(const json::string& text) { return {text.data(), text.size()}; }
json::string_view as_json(std::string_view text) { return {text.data(), text.size()}; }

std::string show(const json::value& value) {
  if (const auto* text = value.if_string()) return fmt::format("\"{}\"", cut(view(*text), 80));
  if (const auto* number = value.if_int64()) return std::to_string(*number);
  if (const auto* number = value.if_uint64()) return std::to_string(*number);
  if (const auto* number = value.if_double()) return fmt::format("{}", *number);
  if (const auto* truth = value.if_bool()) return *truth ? "true" : "false";
  if (value.is_null()) return "null";
  return value.is_object() ? "an object" : "a list";
}

std::optional<Value> from_json(Type type, const json::value& value) {
  if (type == Type::kList) {
    const auto* array = value.if_array();
    if (array == nullptr) return std::nullopt;
    std::vector<std::string> list;
    list.reserve(array->size());
    for (const json::value& element : *array) {
      const auto* text = element.if_string();
      if (text == nullptr) return std::nullopt;
      list.emplace_back(text->data(), text->size());
    }
    return Value(std::move(list));
  }
  if (const auto* truth = value.if_bool())
    return type == Type::kBool ? std::optional<Value>(*truth) : std::nullopt;
  if (const auto* number = value.if_int64()) {
    const bool fits = type == Type::kInteger || type == Type::kSize;
    return fits ? std::optional<Value>(*number) : std::nullopt;
  }
  const auto* text = value.if_string();
  const bool textual = type == Type::kText || type == Type::kDuration || type == Type::kSize;
  return text != nullptr && textual ? from_text(type, view(*text)) : std::nullopt;
}

json::value to_json(const Value& value) {
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
    return json::array(list->begin(), list->end());
  }
  if (const auto* text = std::get_if<std::string>(&value)) return json::value(as_json(*text));
  if (const auto* truth = std::get_if<bool>(&value)) return *truth;
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
  return json::value(as_json(format_duration(std::get<std::chrono::milliseconds>(value))));
}

bool names_a_file(std::string_view key) { return key == "flag_file" || key == "page_dir"; }

/// The defaults, read from the table once.
GroupConfig default_group() {
  GroupConfig group;
  for (const auto& row : group_settings()) {
    if (row.fallback.empty()) continue;
    std::string_view text = row.fallback;
    // As they are written in TOML: quotes around texts, brackets around lists, whose elements are quoted.
    if (row.type == Type::kList || text.front() == '"') text = text.substr(1, text.size() - 2);
    std::string plain(text);
    std::erase(plain, '"');
    row.store(group, from_text(row.type, plain).value());
  }
  return group;
}

class Reader {
 public:
  explicit Reader(const model::Locales& locales) : locales_(locales), group_(defaults()) {}

  boost::system::result<GroupConfig, InvalidGroup> read(const json::object& body) {
    for (const auto& member : body) read_member(std::string_view(member.key()), member.value());
    if (!body.contains("name"))
      add("name", {.message = "the group has no name", .expected = std::string(kGroupNameRule)});
    for (GroupFault& fault : judge_group(group_, locales_)) {
      add(fmt::format("{}[{}]", fault.key, fault.element), {.message = std::move(fault.message),
                                                            .found = std::move(fault.found),
                                                            .expected = std::move(fault.expected),
                                                            .suggestion = std::move(fault.suggestion)});
    }
    if (!fields_.empty()) return InvalidGroup{std::move(fields_), std::move(suggestions_)};
    if (!body.contains("id")) group_.id = random_uuid();
    return {boost::system::in_place_value, std::move(group_)};
  }

 private:
  static const GroupConfig& defaults() {
    static const GroupConfig kDefaults = default_group();
    return kDefaults;
  }

  void read_member(std::string_view key, const json::value& value);
  void read_name(const json::value& value);
  void read_table(std::string_view name, const json::value& value);
  void read_texts(const json::value& value);
  void read_reason(model::Reason reason, const json::value& value);
  void read_text(const std::string& field, model::OwnText& text, const json::value& value);
  void take(const Setting<GroupConfig>& setting, const json::value& value);
  void unknown_key(const std::string& field, std::string_view key, std::vector<std::string> known);

  /// The sentence about a field, as the file's problems have it.
  void add(std::string field, const Problem& what) {
    fields_.emplace_back(std::move(field), to_sentence(what));
    if (!what.suggestion.empty()) suggestions_.push_back(what.suggestion);
  }

  const model::Locales& locales_;
  GroupConfig group_;
  std::vector<std::pair<std::string, std::string>> fields_;
  std::vector<std::string> suggestions_;
};

void Reader::read_member(std::string_view key, const json::value& value) {
  if (key == "name") return read_name(value);
  const auto tables = group_tables();
  if (std::find(tables.begin(), tables.end(), key) != tables.end()) return read_table(key, value);
  if (key == "texts") return read_texts(value);
  if (names_a_file(key)) {
    return add(std::string(key), {.message = "a caller over the API can't name files of the server",
                                  .expected = "this setting in the configuration file"});
  }
  if (key == "source") return add("source", {.message = "is set by the server", .expected = "no such key"});
  const auto rows = group_settings();
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const auto& r) { return r.key == key; });
  const auto stands_alone = [](std::string_view name) { return name.find('.') == std::string_view::npos; };
  if (row != rows.end() && stands_alone(key)) return take(*row, value);
  std::vector<std::string> known(tables.begin(), tables.end());
  known.insert(known.end(), {"name", "texts"});
  for (const auto& r : rows) {
    if (stands_alone(r.key) && !names_a_file(r.key)) known.emplace_back(r.key);
  }
  unknown_key(std::string(key), key, std::move(known));
}

void Reader::unknown_key(const std::string& field, std::string_view key, std::vector<std::string> known) {
  add(field, {.message = "unknown key",
              .found = fmt::format("\"{}\"", cut(key, 80)),
              .suggestion = nearest(key, known).value_or("")});
}

void Reader::read_name(const json::value& value) {
  const auto* text = value.if_string();
  if (text == nullptr || !is_group_name(view(*text))) {
    add("name", {.found = show(value), .expected = std::string(kGroupNameRule)});
  } else {
    group_.name = view(*text);
  }
}

void Reader::take(const Setting<GroupConfig>& setting, const json::value& read) {
  const std::string_view key = setting.key;
  const auto found = [&](const json::value& value) { return is_secret(setting) ? "" : show(value); };
  auto value = from_json(setting.type, read);
  if (!value) {
    const auto* array = setting.type == Type::kList ? read.if_array() : nullptr;
    const json::value* wrong = array == nullptr ? nullptr
                                                : std::find_if(array->begin(), array->end(),
                                                               [](const auto& e) { return !e.is_string(); });
    return add(
        wrong == nullptr ? std::string(key) : fmt::format("{}[{}]", key, wrong - array->begin()),
        {.found = found(wrong == nullptr ? read : *wrong), .expected = std::string(describe(setting.type))});
  }
  if (!is_in_bounds(setting, *value)) {
    return add(std::string(key), {.message = "out of range",
                                  .found = found(read),
                                  .expected = describe_bounds(setting.type, setting.least, setting.most)});
  }
  if (setting.check != nullptr) {
    for (Objection& objection : setting.check(*value)) {
      const auto* array = read.if_array();
      add(array == nullptr ? std::string(key) : fmt::format("{}[{}]", key, objection.element),
          {.message = std::move(objection.message),
           .found = found(array == nullptr ? read : (*array)[objection.element]),
           .expected = std::move(objection.expected),
           .suggestion = std::move(objection.suggestion)});
    }
  }
  setting.store(group_, std::move(*value));
}

void Reader::read_table(std::string_view name, const json::value& value) {
  const auto* object = value.if_object();
  if (object == nullptr) return add(std::string(name), {.found = show(value), .expected = "an object"});
  const std::string prefix = fmt::format("{}.", name);
  const auto rows = group_settings();
  for (const auto& member : *object) {
    const std::string_view key(member.key());
    const auto row = std::find_if(rows.begin(), rows.end(), [&](const auto& r) {
      return r.key.starts_with(prefix) && r.key.substr(prefix.size()) == key;
    });
    if (row != rows.end()) {
      take(*row, member.value());
    } else if (name != "bypass" || key != kPassword) {
      std::vector<std::string> known;
      for (const auto& r : rows) {
        if (r.key.starts_with(prefix)) known.emplace_back(r.key.substr(prefix.size()));
      }
      unknown_key(prefix + std::string(key), key, std::move(known));
    }
  }
  // What was shown may come back as it was; it says what the hash says, or it is a misunderstanding.
  const auto* password = name == "bypass" ? object->if_contains(as_json(kPassword)) : nullptr;
  if (password != nullptr && *password != json::value(!group_.bypass.password_hash.empty())) {
    add("bypass.password", {.message = "only tells whether there is a password",
                            .found = show(*password),
                            .expected = "password_hash in its place"});
  }
}

void Reader::read_texts(const json::value& value) {
  const auto* object = value.if_object();
  if (object == nullptr) return add("texts", {.found = show(value), .expected = "an object by reason"});
  for (const auto& member : *object) {
    const std::string_view key(member.key());
    if (const auto reason = model::parse_reason(key)) {
      read_reason(*reason, member.value());
      continue;
    }
    std::vector<std::string> known;
    known.reserve(model::kReasonCount);
    for (const model::Reason reason : model::kReasons) known.emplace_back(to_text(reason));
    unknown_key(fmt::format("texts.{}", key), key, std::move(known));
  }
}

void Reader::read_reason(model::Reason reason, const json::value& value) {
  const auto* object = value.if_object();
  const auto field = [&] { return fmt::format("texts.{}", to_text(reason)); };
  if (object == nullptr) return add(field(), {.found = show(value), .expected = "an object by language"});
  for (const auto& member : *object) {
    const std::string_view tag(member.key());
    const std::string here = fmt::format("{}.{}", field(), tag);
    if (!is_language_tag(tag)) {
      add(here, {.found = fmt::format("\"{}\"", cut(tag, 80)), .expected = std::string(kLanguageTagRule)});
    } else if (has_text(group_, reason, tag)) {
      add(here, {.message = "this language is there already, in other letters",
                 .found = fmt::format("\"{}\"", tag)});
    } else {
      model::OwnText text{reason, std::string(tag), {}};
      read_text(here, text, member.value());
      if (!text.text.title.empty()) group_.texts.push_back(std::move(text));
    }
  }
}

void Reader::read_text(const std::string& field, model::OwnText& text, const json::value& value) {
  const auto* object = value.if_object();
  if (object == nullptr) {
    return add(field, {.found = show(value), .expected = "an object with title and message"});
  }
  for (const auto& member : *object) {
    const std::string_view key(member.key());
    if (key != "title" && key != "message") {
      unknown_key(fmt::format("{}.{}", field, key), key, {"title", "message"});
      continue;
    }
    const auto part = key == "title" ? TextPart::kTitle : TextPart::kMessage;
    const auto* words = member.value().if_string();
    if (words == nullptr) {
      add(fmt::format("{}.{}", field, key), {.found = show(member.value()), .expected = "a string"});
    } else if (auto fault = judge_text(part, view(*words))) {
      add(fmt::format("{}.{}", field, key), {.message = "out of range",
                                             .found = std::move(fault->found),
                                             .expected = std::move(fault->expected)});
    } else {
      (part == TextPart::kTitle ? text.text.title : text.text.message) = view(*words);
    }
  }
  for (const TextPart part : {TextPart::kTitle, TextPart::kMessage}) {
    if (object->contains(as_json(to_text(part)))) continue;
    add(fmt::format("{}.{}", field, to_text(part)),
        {.message = fmt::format("the {} is missing", to_text(part))});
  }
}

}  // namespace

void throw_exception_from_error(const InvalidGroup& error, const boost::source_location&) {
  throw std::logic_error(error.fields.empty() ? "an invalid group was used" : error.fields.front().second);
}

boost::system::result<GroupConfig, InvalidGroup> read_group(const json::object& body,
                                                            const model::Locales& locales) {
  return Reader(locales).read(body);
}

namespace {

enum class Secrets : std::uint8_t { kKept, kHidden };

json::object to_object(const GroupConfig& group, Secrets secrets) {
  json::object out;
  out["name"] = as_json(group.name);
  for (const auto& row : group_settings()) {
    const auto dot = row.key.find('.');
    if (dot == std::string_view::npos) {
      const Value value = row.load(group);
      const bool shown = !names_a_file(row.key) || !std::get<std::string>(value).empty();
      if (shown) out[as_json(row.key)] = to_json(value);
      continue;
    }
    auto& table = out[as_json(row.key.substr(0, dot))];
    if (!table.is_object()) table.emplace_object();
    if (!is_secret(row) || secrets == Secrets::kKept) {
      table.as_object()[as_json(row.key.substr(dot + 1))] = to_json(row.load(group));
    } else if (row.key == kPasswordHash) {
      table.as_object()[as_json(kPassword)] = !group.bypass.password_hash.empty();
    }
  }
  json::object texts;
  for (const model::OwnText& own : group.texts) {
    auto& by_language = texts[as_json(to_text(own.reason))];
    if (!by_language.is_object()) by_language.emplace_object();
    by_language.as_object()[as_json(own.tag)] = {{"title", own.text.title}, {"message", own.text.message}};
  }
  out["texts"] = std::move(texts);
  return out;
}

}  // namespace

json::object group_to_json(const GroupConfig& group) { return to_object(group, Secrets::kHidden); }

json::object group_to_record(const GroupConfig& group) { return to_object(group, Secrets::kKept); }

void hide_secrets(json::object& record) {
  const auto bypass = record.find("bypass");
  if (bypass == record.end() || !bypass->value().is_object()) return;
  json::object& rights = bypass->value().get_object();
  const auto hash = rights.find("password_hash");
  if (hash == rights.end()) return;
  const auto* text = hash->value().if_string();
  rights[as_json(kPassword)] = text == nullptr || !text->empty();
  rights.erase("password_hash");
}

}  // namespace understudy::config
